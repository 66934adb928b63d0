#pragma once

#include "sim/engines/event_queue.hpp"
#include "sim/engines/route_table.hpp"

namespace lockstep::sim {

// What the networks that need no more than an event queue share.
class TimerNetwork : public Network {
 public:
  explicit TimerNetwork(RouteTable& routes) : routes_(&routes) {}

  RouteId route(topology::VertexId from, topology::VertexId to, topology::FlowLabel flow) override {
    return routes_->find(from, to, flow);
  }
  Seconds now() const override { return now_; }
  void start_compute(ComputeId id, topology::VertexId, Seconds work) override {
    queue_.schedule(now_ + work, {What::computed, id.value()});
  }
  void set_timer(TimerId id, Seconds at) override { queue_.schedule(at, {What::timer, id.value()}); }
  void run(NetworkClient& client) override;

 protected:
  enum class What : std::uint32_t { transferred, sender_released, delivered, timer, computed };
  struct Event {
    What what;
    std::uint32_t id;
  };
  void schedule(Seconds at, What what, TransferId id) { queue_.schedule(at, {what, id.value()}); }
  const RouteTable& routes() const { return *routes_; }

 private:
  RouteTable* routes_;
  EventQueue<Event> queue_;
  Seconds now_;
};

}  // namespace lockstep::sim
