#pragma once

#include <map>
#include <optional>
#include <span>
#include <unordered_map>

#include "sim/engines/route_table.hpp"
#include "sim/executor/run_state.hpp"
#include "sim/timeline.hpp"

namespace lockstep::sim {

// Walks through the programs of jobs: issues operations in order, matches sends with receives, queues computations, and
// lets a network turn transfers and work into time. One object is one run.
class Executor final : public NetworkClient {
 public:
  // A message starts when its send and its receive have both been issued, or with the send.
  enum class Start : std::uint8_t { rendezvous, eager };

  // What a run happens in. All of it must outlive the executor.
  struct Surroundings {
    RouteTable& routes;
    Network& network;
    Start start = Start::rendezvous;
    Observer* observer = nullptr;      // may be null
    Conditions* conditions = nullptr;  // may be null
  };
  Executor(std::span<const Job> jobs, const Surroundings& surroundings);

  // Throws SimulationError naming ranks and what they wait for when not all of them get to their end.
  Timeline run();

  void sender_released(TransferId transfer) override;
  void delivered(TransferId transfer) override;
  void transferred(TransferId transfer) override;
  void timer_expired(TimerId timer) override;
  void computed(ComputeId compute) override;

 private:
  // Frames and lanes.
  void schedule_job(std::uint32_t job);
  void start_job(std::uint32_t job);
  void end_job(const Instance& over);
  bool is_repeated(std::uint32_t job) const;
  void leave_out_followers(std::uint32_t job);
  void enter_frame(const Frame& frame);
  void enter_collective(std::uint32_t lane);
  void enter_agents(std::uint32_t instance, workloads::RankId first_caller);
  std::uint32_t take_instance();
  void give_back_instance(std::uint32_t number);
  std::uint32_t find_instance(std::uint32_t caller, std::uint64_t collective);
  bool repeat(std::uint32_t lane, std::uint32_t instance);
  void end_repeat(std::uint32_t lane);
  void leave_frame(std::uint32_t frame);
  void end_instance(std::uint32_t instance);
  std::uint32_t take_lanes(std::uint32_t count);
  void give_back_lanes(std::uint32_t first, std::uint32_t count);

  // Operations.
  void run_ready();
  void issue(std::uint32_t lane);
  bool must_wait(std::uint32_t lane);
  void wait_for(std::uint32_t lane, std::uint32_t awaited, const workloads::Wait& wait);
  void wake_waiters(Lane& lane);
  void issue_exchange(std::uint32_t lane);
  void post_send(std::uint32_t lane, const workloads::Send& send);
  void post_receive(std::uint32_t lane, const workloads::Receive& receive);
  void listen_ahead(std::uint32_t lane);
  std::uint32_t connection(Instance& instance, const ConnectionTable::Key& key);
  void post(Connection& connection, const Posted& posted, bool is_receive);
  Posted take_posted(Connection& connection);
  // `cause` is the lane that issues its half last.
  std::uint32_t start_transfer(const Connection& connection, const Posted& send, std::uint32_t receiver,
                               std::uint32_t cause);
  void receive_posted(Connection& connection, std::uint32_t receiver);
  void hand_over(std::uint32_t transfer);
  void half_done(std::uint32_t lane);
  void combine_next(std::uint32_t lane);
  void start_reduction(std::uint32_t lane);
  void finish_op(std::uint32_t lane);

  // Computation.
  Seconds duration(const workloads::Work& work, topology::VertexId device) const;
  Seconds disturbed(Seconds work, const Frame& frame) const;
  void queue_compute(std::uint32_t lane);
  bool comes_first(std::uint32_t lane, std::uint32_t other) const;
  void enqueue(std::uint32_t lane, Device& device);
  void stand_back(Device& device);
  void take_stock(Device& device);
  void start_compute(std::uint32_t lane);
  double slowdown_of(const Lane& lane) const;
  void expect_end(std::uint32_t lane);
  const SpeedProfile* profile_of(topology::VertexId device) const;
  void change_speeds();
  void change_speed(Device& device);
  void communication_begins(std::uint32_t lane);
  void communication_ends(std::uint32_t lane);
  std::uint32_t* communications_beside(const Lane& lane);

  // What only some runs have to know: for lanes that are noted.
  void note_op_begun(std::uint32_t lane);
  void note_op_done(std::uint32_t lane);
  void note_message_begun(std::uint32_t transfer, std::uint32_t cause);
  void note_message_done(std::uint32_t transfer);

  // Reports.
  OpPlace place_of(std::uint32_t lane) const;
  OpSpan span_of(std::uint32_t lane) const;
  bool is_observed(std::uint32_t lane) const;
  void report_message(std::uint32_t transfer) const;
  void require_all_done() const;
  std::string name_of(const Instance& instance, workloads::RankId member) const;
  std::string blockage(std::uint32_t lane) const;

  void count_event(const Lane& lane);
  Bytes& bytes_of_phase(std::uint32_t job, std::uint16_t phase);

  Frame& frame_of(const Lane& lane) { return frames_[lane.frame]; }
  const Frame& frame_of(const Lane& lane) const { return frames_[lane.frame]; }
  Instance& instance_of(const Lane& lane) { return *instances_[frames_[lane.frame].instance]; }

  std::span<const Job> jobs_;
  std::vector<std::vector<std::uint32_t>> followers_;  // of each job
  RouteTable* routes_;
  Network* network_;
  Start start_;
  Observer* observer_;
  Conditions* conditions_;
  bool wants_inner_;    // of the observer
  bool has_slowdowns_;  // devices change their speed
  bool takes_notes_;    // for the observer, or for slowdowns

  using Calls = std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint32_t>;

  std::vector<std::unique_ptr<Instance>> instances_;  // which stay, to be used again
  std::vector<std::uint32_t> free_instances_;
  Calls called_;                                                         // instances by caller and number
  std::vector<Calls::node_type> free_calls_;                             // nodes to be used again
  std::unordered_map<const workloads::StepProgram*, SteadyRun> steady_;  // by plan
  Pool<Frame> frames_;
  std::uint64_t frames_entered_ = 0;
  std::vector<Lane> lanes_;
  std::vector<std::vector<Seconds>> ends_;              // of each operation of each lane that keeps them
  std::vector<std::vector<std::uint32_t>> free_lanes_;  // first lanes of rows that frames left, by length
  Pool<Posted> posted_;
  Pool<UnderWay> transfers_;
  std::vector<OpPlace> senders_;               // of each transfer, where there is an observer
  std::vector<Device> devices_;                // of each vertex
  std::vector<topology::VertexId> respeeded_;  // devices whose speed may have changed just now
  std::vector<std::vector<RankState>> ranks_;  // of each job
  std::vector<std::uint32_t> ready_;           // lanes to issue, first come first served
  workloads::Op op_;                           // the one being issued
  std::vector<Bytes> route_bytes_;             // of each route
  // What there was before the job that all others repeat, once it has begun.
  struct Totals {
    std::uint64_t events = 0;
    std::vector<Seconds> busy;
    std::vector<Bytes> route_bytes;
  };
  std::optional<Totals> before_repeats_ = {};
  Timeline timeline_;
};

}  // namespace lockstep::sim
