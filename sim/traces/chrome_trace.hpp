#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/text_table.hpp"
#include "sim/timeline.hpp"
#include "topology/fleet.hpp"

namespace lockstep::sim {

// What a trace is to show.
struct TraceOptions {
  std::vector<workloads::RankId> ranks = {};  // of every job; empty: all. Agents always
  bool counters = false;                      // how many bytes each rank has in flight
  std::size_t most_events = 5'000'000;        // slices and messages, beyond which no viewer would open it
};

// Records a run and writes it in the Chrome trace format, which ui.perfetto.dev and chrome://tracing open: a process
// for each rank of each job, then one for each agent; a track for each stream, and below it those of the collectives
// that it calls; an arrow for each message.
class ChromeTrace final : public Observer {
 public:
  // The fleet must outlive the trace.
  ChromeTrace(const topology::Fleet& fleet, std::span<const Job> jobs, TraceOptions options = {});

  // Throw InputError when there is too much to show.
  void op_done(const OpSpan& span) override;
  void message_done(const MessageSpan& span) override;

  // Everything that was recorded: the same bytes for the same run.
  void write(std::ostream& out) const;

  // One operation. The n-th of a lane stands at position n of its stream.
  struct Slice {
    Seconds start;
    Seconds end;
    Bytes received;
    std::uint32_t name = 0;     // of `texts`; as JSON, like `details`
    std::uint32_t details = 0;  // what else there is to say, as members of a JSON object
    workloads::OpKind kind = {};
  };
  // One run of one stream.
  struct Lane {
    OpPlace place;           // of its first operation that was heard of; its program may be gone
    std::uint32_t name = 0;  // of `texts`
    std::vector<Slice> slices = {};
  };
  struct Message {
    std::uint32_t from;  // a lane
    std::uint32_t to;
    std::uint64_t from_position;
    std::uint64_t to_position;
    Seconds start;
    Seconds end;
    Bytes bytes;
  };
  // What the writer reads.
  const topology::Fleet& fleet() const { return *fleet_; }
  std::span<const Job> jobs() const { return jobs_; }
  const TraceOptions& options() const { return options_; }
  const TextTable& texts() const { return texts_; }
  std::span<const Lane> lanes() const { return lanes_; }
  std::span<const Message> messages() const { return messages_; }

 private:
  struct LaneKey {
    std::uint64_t frame;
    workloads::StreamId stream;
    friend bool operator==(const LaneKey&, const LaneKey&) = default;
  };
  struct LaneHash {
    std::size_t operator()(const LaneKey& key) const {
      return (key.frame << 16 ^ key.stream.value()) * std::size_t{0x9E3779B97F4A7C15U};
    }
  };
  bool shows(const OpPlace& place) const;
  std::uint32_t lane_of(const OpPlace& place);
  Slice& slice_at(const OpPlace& place);
  void count_event();

  const topology::Fleet* fleet_;
  std::vector<Job> jobs_;
  TraceOptions options_;
  TextTable texts_;
  std::vector<Lane> lanes_;
  std::unordered_map<LaneKey, std::uint32_t, LaneHash> lane_numbers_;
  std::vector<Message> messages_;
  std::size_t events_ = 0;
};

}  // namespace lockstep::sim
