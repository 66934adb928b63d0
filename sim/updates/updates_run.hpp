#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/distribution.hpp"
#include "base/random_stream.hpp"
#include "sim/pool.hpp"
#include "sim/self_driven.hpp"
#include "sim/updates/protocol.hpp"
#include "sim/updates/updates_record.hpp"

namespace lockstep::sim {

// Workers who compute gradients, and a parameter server that applies them.
struct UpdatesPlan {
  MakeProtocol make_protocol;
  std::vector<topology::VertexId> workers;        // where each of them stands
  std::optional<topology::VertexId> server = {};  // absent: messages are free
  Distribution compute;                           // of one gradient
  Distribution service;                           // of one gradient at the server, one after the other
  Bytes payload = {};                             // of a gradient, and of the weights
  std::uint64_t updates = 1;
  std::uint64_t warm_up = 0;  // so many updates of these are not in the record
  std::uint64_t seed = 0;
};

// One run: a worker computes, pushes its gradient, waits until the protocol sends it on, and gets the weights. Messages
// are not taken back: what is cancelled on its way arrives, and is then dropped.
class UpdatesRun final : public NetworkClient, private ParameterServer {
 public:
  UpdatesRun(const UpdatesPlan& plan, const RunGround& ground);

  // Throws SimulationError when not all updates come to pass.
  void run();
  const UpdatesRecord& record() const { return record_; }
  // One job, whose ranks are the workers.
  Timeline timeline() const;

  void sender_released(TransferId) override {}
  void delivered(TransferId transfer) override { happen(transfer.value()); }
  void transferred(TransferId transfer) override { happen(transfer.value()); }
  void timer_expired(TimerId timer) override { happen(timer.value()); }
  void computed(ComputeId compute) override { happen(compute.value()); }

 private:
  enum class What : std::uint8_t { weights_arrive, computed, gradient_arrives, served, call_back };
  // Something that the network was asked for and has not told of.
  struct Pending {
    What what = What::computed;
    std::uint32_t worker = 0;
    std::uint64_t task = 0;  // the worker's when it was asked for; of a call back: how many updates there were
  };
  enum class State : std::uint8_t { fetching, computing, pushing, waiting };
  struct Worker {
    topology::VertexId vertex;
    RandomStream draws;
    State state = State::waiting;
    std::uint64_t task = 0;     // what belongs to an earlier one is cancelled
    std::uint64_t version = 0;  // of the weights that it computes from
    std::uint32_t steps_left = 0;
    BusyTime computing = {};
    RouteId push = {};
    RouteId pull = {};
  };
  struct Gradient {
    std::uint32_t worker;
    std::uint64_t task;
  };

  std::uint64_t gathered() const override { return gathered_.size(); }
  void update() override;
  void send_weights(std::uint32_t worker) override;
  void go_on(std::uint32_t worker) override;
  void call_back_after(Seconds time) override;

  std::uint32_t expect(const Pending& pending);
  void happen(std::uint32_t number);
  void compute(std::uint32_t worker);
  void step_computed(std::uint32_t worker);
  void send(RouteId route, const Pending& arrival);
  void gradient_arrived(const Gradient& gradient);
  void serve_waiting();
  void count(std::uint32_t worker);
  bool is_cancelled(const Gradient& gradient) const { return workers_[gradient.worker].task != gradient.task; }
  Seconds duration_on(topology::VertexId vertex, Seconds work);
  Seconds computing_time() const;
  void settle_record();
  void begin_record();
  void end_record();

  UpdatesPlan plan_;
  RunGround ground_;
  std::unique_ptr<Protocol> protocol_;
  std::uint32_t local_steps_;
  RandomStream service_draws_;
  std::vector<Worker> workers_;
  Pool<Pending> pending_;
  std::deque<Gradient> arrived_;  // at the server, and not served yet
  bool is_serving_ = false;
  BusyTime serving_;
  std::vector<std::uint64_t> gathered_;  // the version of the weights of each gradient
  std::uint64_t updates_ = 0;
  bool is_over_ = false;
  bool has_warmed_up_ = false;
  UpdatesRecord record_;
  Seconds computing_before_;  // the record
  Seconds serving_before_;
  std::uint64_t events_ = 0;
  std::vector<Bytes> route_bytes_;
};

}  // namespace lockstep::sim
