#pragma once

#include <vector>

#include "sim/engines/event_queue.hpp"
#include "sim/engines/flow_sharing.hpp"
#include "sim/engines/lone_flows.hpp"
#include "sim/engines/route_table.hpp"

namespace lockstep::sim {

// Throws InputError for a link on these routes that is too slow or too fast for it.
void require_bandwidths(const RouteTable& routes);

// Flows share the links of the fleet's routes max-min fairly; what is alone on its route needs no sharing. A flow
// starts to share after its latency, and every flow counts the same, however long its latency is: latencies are timers
// here, since SimGrid would weigh flows by them.
class FluidNetwork final : public Network, private FlowSharing::Client {
 public:
  FluidNetwork(RouteTable& routes, std::unique_ptr<FlowSharing> sharing)
      : routes_(&routes), sharing_(std::move(sharing)), lone_(routes) {}

  RouteId route(topology::VertexId from, topology::VertexId to, topology::FlowLabel flow) override;
  Seconds now() const override { return now_; }
  void start(TransferId id, const Transfer& transfer) override;
  void start_compute(ComputeId id, topology::VertexId, Seconds work) override {
    schedule(now_ + work, {What::computed, id.value()});
  }
  void set_timer(TimerId id, Seconds at) override { schedule(at, {What::timer, id.value()}); }
  void run(NetworkClient& client) override;

 private:
  enum class What : std::uint32_t {
    flow_starts,
    transferred,
    timer,
    computed,
    lone_flow_done,
    speed_changes,
    others_change
  };
  struct Event {
    What what;
    std::uint32_t id;
  };
  struct Flow {
    RouteId route;
    Bytes bytes;
    // While it is alone: how fast it goes, and when it is done if it stays so.
    std::optional<Bandwidth> alone = {};
    Seconds due = {};
  };

  // Flows of other people along some links.
  struct Others {
    RouteId route;
    std::uint32_t first_flow = 0;
    bool is_watched = false;  // when they fall quiet or come back is on its way
  };
  struct OthersFlow {
    std::uint32_t traffic = 0;
    bool is_under_way = false;
  };

  void start_flow(std::uint32_t flow);
  void share(std::uint32_t flow);
  void lone_flow_done(std::uint32_t flow);
  void add_new_routes();
  void meet_others();
  void add_others();
  void follow_others(std::uint32_t traffic);
  void watch(topology::ChannelId channel);
  void change_speed(topology::ChannelId channel);
  void flow_done(std::uint32_t flow) override;
  void woken() override;
  void schedule(Seconds at, const Event& event);
  void ask_for_waking();
  void happen(const Event& event);

  RouteTable* routes_;
  std::unique_ptr<FlowSharing> sharing_;
  LoneFlows lone_;
  std::vector<std::uint32_t> joined_;  // lone flows, by the one that starts
  NetworkClient* client_ = nullptr;
  EventQueue<Event> queue_;
  std::vector<Flow> flows_;     // of each transfer
  std::vector<Others> others_;  // of each traffic of the conditions
  std::vector<OthersFlow> others_flows_;
  std::size_t routes_known_ = 0;
  std::size_t under_way_ = 0;
  std::vector<bool> is_watched_;  // of each channel: its next change of speed is on its way
  std::vector<bool> is_ours_;     // of each channel whose speed changes: messages have gone over it
  Seconds now_;
  std::vector<Seconds> wakings_;  // that were asked for and have not come: each before the one below it
  bool is_waking_ = false;
};

}  // namespace lockstep::sim
