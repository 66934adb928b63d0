#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "sim/executor/connection_table.hpp"
#include "sim/pool.hpp"
#include "workloads/step_program/step_program.hpp"

// What the executor keeps of a run. All of it lives in vectors and is referred to by number, so that a step of the
// simulation allocates nothing.
namespace lockstep::sim {

inline constexpr std::uint32_t no_lane = UINT32_MAX;

// A program under way: a job's, or that of a collective which at least one member has entered.
struct Instance {
  std::shared_ptr<const workloads::StepProgram> program;
  std::uint32_t job = 0;
  std::uint32_t depth = 0;
  std::uint64_t collective = 0;                                   // its number in the program that called it
  std::uint32_t caller = 0;                                       // the instance of that program
  std::shared_ptr<const std::vector<workloads::RankId>> members;  // in that program; null for a job's own
  std::uint32_t frames_left = 0;
  std::uint16_t phase = 0;                 // of a collective: that of the job's operation that it is part of
  Bytes message_bytes = {};                // of a collective: of its messages up to now
  std::vector<std::uint32_t> first_lanes;  // of each rank of a job, whose lanes stay until the end
  bool is_entered = false;                 // some member is there, and so are the agents
  bool is_steady = false;                  // as CollectiveCall
  std::uint64_t events = 0;                // that its own ranks had
  ConnectionTable connections;

  // As new, but with the room that its tables have.
  void clear() {
    Instance cleared;
    std::swap(cleared.first_lanes, first_lanes);
    std::swap(cleared.connections, connections);
    cleared.first_lanes.clear();
    cleared.connections.clear();
    *this = std::move(cleared);
  }
};

// One rank of an instance.
struct Frame {
  std::uint64_t serial = 0;  // in the order of entering
  std::uint32_t instance = 0;
  workloads::RankId member;
  workloads::RankId rank;  // of the job
  topology::VertexId vertex;
  std::uint32_t first_lane = 0;
  std::uint32_t lanes = 0;
  std::uint32_t lanes_left = 0;
  std::uint32_t parent_lane = no_lane;  // the lane whose operation this frame is
  bool is_agent = false;
  std::uint32_t count = 1;  // of equal ones that it stands for
};

enum class LaneState : std::uint8_t {
  idle,
  waiting,
  delayed,
  exchanging,
  reducing,
  queued,
  computing,
  calling,
  repeating,
  holding,
  done
};

// A stream of a frame: the operation that it is at, and what that lacks.
struct Lane {
  std::uint32_t frame = 0;
  workloads::StreamId stream;
  std::uint64_t position = 0;
  std::uint64_t length = 0;
  LaneState state = LaneState::idle;
  bool is_ahead = false;
  bool is_noted = false;                 // what it does is reported, or changes speeds
  bool keeps_ends = false;               // for those who wait for its operations with a delay
  workloads::Wait wait = {};             // while waiting
  std::uint32_t first_waiter = no_lane;  // the lanes that wait for this one, in the order of what they wait for
  std::uint32_t last_waiter = no_lane;   // while there is a first
  std::uint32_t next_waiter = no_lane;   // while waiting: the next that waits for the same lane
  std::uint32_t outstanding = 0;        // sends and receives; of an ahead lane what has arrived and is not yet combined
  Bytes reduce = {};                    // once all of them are done
  std::uint32_t next_queued = no_lane;  // in its device's queue
  Seconds work = {};                    // while queued and computing: what is left of it
  Seconds ready = {};                   // while queued and computing: since when
  Seconds began = {};
  std::uint16_t phase = 0;   // of the label of the operation that it is at
  std::uint32_t called = 0;  // while calling and repeating: the instance
  // The connections that were used last: streams often keep to one.
  ConnectionTable::Key sent = {};
  ConnectionTable::Key received = {};
  std::uint32_t sent_over = Connection::none;
  std::uint32_t received_over = Connection::none;
};

// A send or receive that waits for its other half.
struct Posted {
  std::uint32_t lane = no_lane;
  std::uint32_t next = Connection::none;
  Bytes bytes = {};
  std::uint32_t messages = 1;
  std::uint32_t transfer = Connection::none;  // of a send that started without its receive
};

// A transfer that the network has.
struct UnderWay {
  std::uint32_t sender = no_lane;
  std::uint32_t receiver = no_lane;
  Bytes bytes = {};
  Seconds start;
  bool has_arrived = false;  // and nobody has received it yet
};

// The computations of one device, one at a time, first come first served. Its speed may change while it computes.
struct Device {
  std::uint32_t computing = no_lane;
  std::uint32_t first = no_lane;  // of those that queue
  std::uint32_t last = no_lane;
  // Of the computation: what a second of work takes, since when, and when it is done if nothing changes.
  double slowdown = 1;
  Seconds since = {};
  Seconds due = {};
};

// What a run of a steady collective takes.
struct SteadyRun {
  Seconds takes = {};
  std::uint64_t events = 0;
};

// A rank of a job, apart from what its lanes know.
struct RankState {
  Seconds reducing_until = {};
  std::uint32_t communications = 0;  // of the job's own operations that are under way; counted where they slow down
};

}  // namespace lockstep::sim
