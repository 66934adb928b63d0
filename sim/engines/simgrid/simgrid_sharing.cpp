// Flow sharing by SimGrid. Three things make it fast: flows are communications without actors; the objects of finished
// communications are started again, so that nothing is allocated and SimGrid's list of activities, which it searches at
// each completion, stays empty; and routes are answered from vectors.
#include <algorithm>
#include <cmath>
#include <deque>
#include <exception>
#include <map>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/kernel/routing/NetZoneImpl.hpp>
#include <simgrid/s4u.hpp>
#include <stdexcept>
#include <vector>

#include "sim/engines/flow_sharing.hpp"
#include "sim/engines/simgrid/engine.hpp"

namespace lockstep::sim {
namespace {

using simgrid::kernel::resource::StandardLinkImpl;
using simgrid::kernel::routing::NetPoint;
using simgrid::kernel::timer::Timer;
using simgrid::s4u::Activity;

// SimGrid counts in whole bytes. Sizes and bandwidths are scaled alike, so that fractions of a byte survive, and what
// does not fit into 64 bits then goes in pieces.
constexpr double scale = 0x1p30;
constexpr double largest_piece = 0x1p33;

// Of a link that is down. What passes meanwhile is less than a rounding.
constexpr double least_speed = 1e-16;
// More than any link is sped up.
constexpr double unlimited = 1e6;

// The zone of two hosts that all communications go between, over whichever route is current. It has no parent, since
// SimGrid would seal it against further links when the simulation starts.
class FleetZone final : public simgrid::kernel::routing::NetZoneImpl {
 public:
  using Route = std::vector<StandardLinkImpl*>;

  // `root` has the models that SimGrid made for the platform.
  explicit FleetZone(const NetZoneImpl& root) : NetZoneImpl("fleet") {
    set_network_model(root.get_network_model());
    set_cpu_pm_model(root.get_cpu_pm_model());
    set_host_model(root.get_host_model());
  }

  void set_current(const Route& route) { current_ = &route; }

 protected:
  // Latencies are none of SimGrid's business here (fluid_network.hpp).
  void get_local_route(const NetPoint*, const NetPoint*, simgrid::kernel::routing::Route* into, double*) override {
    into->link_list_.insert(into->link_list_.end(), current_->begin(), current_->end());
  }
  // Without nodes and edges: nobody asks SimGrid to draw the platform.
  void get_graph(const s_xbt_graph_t*, std::map<std::string, xbt_node_t, std::less<>>*,
                 std::map<std::string, xbt_edge_t, std::less<>>*) override {}

 private:
  const Route* current_ = nullptr;
};

class SimGridSharing final : public FlowSharing {
 public:
  explicit SimGridSharing(const topology::Fleet& fleet)
      : fleet_(&fleet),
        zone_(new FleetZone(*simgrid::s4u::create_empty_zone("root")->get_impl())),
        links_(fleet.channels().size()) {
    source_ = zone_->create_host("source", {1});
    destination_ = zone_->create_host("destination", {1});
    simgrid::s4u::Link* broken = zone_->create_link("broken", {1});
    broken->seal();
    broken->turn_off();
    broken_ = {broken->get_impl()};
    Activity::on_completion_cb([this](const Activity& activity) { complete(*activity.get_data<Flow>()); });
  }
  SimGridSharing(const SimGridSharing&) = delete;
  SimGridSharing& operator=(const SimGridSharing&) = delete;
  // SimGrid complains loudly of communications that are dropped before their end, so those are left to it.
  ~SimGridSharing() override {
    for (Flow& flow : flows_) {
      if (flow.is_under_way) flow.communication.detach();
    }
  }

  void add_route(std::span<const topology::LinkId> links) override {
    FleetZone::Route& route = routes_.emplace_back();
    std::vector<topology::ChannelId>& channels = channels_.emplace_back();
    for (const topology::LinkId link : links) {
      const topology::ChannelId channel = fleet_->link(link).channel;
      StandardLinkImpl* drawn_on = link_of(channel);
      if (drawn_on == nullptr) continue;
      route.push_back(drawn_on);
      channels.push_back(channel);
    }
  }

  void start(std::uint32_t flow, std::uint32_t route, Bytes bytes) override {
    if (failure_) return;
    Flow& taken = take_flow();
    taken.number = flow;
    taken.route = route;
    taken.left = bytes;
    start_piece(taken);
  }

  // SimGrid 3.32 holds an activity once and never again, so a link that nobody else is on is closed instead.
  void hold_route(std::uint32_t route, bool is_held) override {
    if (failure_) return;
    Valve& valve = valves_[route];
    if (valve.link == nullptr) {
      for (const topology::ChannelId channel : channels_[route]) {
        valve.bandwidth = std::max(valve.bandwidth, fleet_->channel(channel).bandwidth);
      }
      valve.link = zone_->create_link("valve" + std::to_string(route), {valve.bandwidth.si() * unlimited * scale});
      valve.link->seal();
      routes_[route].push_back(valve.link->get_impl());
    }
    if (valve.is_closed == is_held) return;
    valve.is_closed = is_held;
    valve.link->set_bandwidth(valve.bandwidth.si() * (is_held ? least_speed : unlimited) * scale);
  }

  void set_speed(topology::ChannelId id, double speed) override {
    if (failure_ || links_[id.value()] == nullptr) return;
    // A link without any bandwidth would count as one without a limit.
    speeds_[id] = std::max(speed, least_speed);
    set_bandwidth(id, speeds_[id]);
  }

  void wake_at(Seconds date) override {
    if (failure_) return;
    // A date that is due may lie before SimGrid's clock by a rounding.
    Timer::set(std::max(date.si(), simgrid::s4u::Engine::get_clock()), [this] {
      guarded([this] { client_->woken(); });
      keep_jumps_short();
    });
  }

  Seconds now() const override { return Seconds(simgrid::s4u::Engine::get_clock()); }

  void run(Client& client) override {
    client_ = &client;
    simgrid::s4u::Engine::get_instance()->run();
    if (failure_) std::rethrow_exception(failure_);
    if (under_way_ > 0) throw std::logic_error("SimGrid stopped with flows under way");
  }

 private:
  // A communication, used for one flow after the other.
  struct Flow {
    simgrid::s4u::CommPtr communication = nullptr;
    std::uint32_t number = 0;
    std::uint32_t route = 0;
    Bytes left = {};
    bool is_under_way = false;
  };

  struct Valve {
    simgrid::s4u::Link* link = nullptr;
    Bandwidth bandwidth = {};  // of the fastest link of its route
    bool is_closed = false;
  };

  StandardLinkImpl* link_of(topology::ChannelId id) {
    const topology::Channel& channel = fleet_->channel(id);
    if (std::isinf(channel.bandwidth.si())) return nullptr;
    simgrid::s4u::Link*& link = links_[id.value()];
    if (link == nullptr) {
      link = zone_->create_link("channel" + std::to_string(id.value()), {channel.bandwidth.si() * scale});
      if (channel.sharing == topology::Sharing::fat_pipe) {
        link->set_sharing_policy(simgrid::s4u::Link::SharingPolicy::FATPIPE);
      }
      link->seal();
    }
    return link->get_impl();
  }

  Flow& take_flow() {
    if (!free_.empty()) {
      Flow& flow = *free_.back();
      free_.pop_back();
      flow.communication->set_state(Activity::State::INITED);
      return flow;
    }
    Flow& flow = flows_.emplace_back();
    flow.communication = simgrid::s4u::Comm::sendto_init(source_, destination_);
    flow.communication->set_data(&flow);
    // A new communication is on SimGrid's list until it ends for the first time. Over a broken link it does so at once.
    zone_->set_current(broken_);
    flow.communication->set_payload_size(1);
    flow.communication->start();
    flow.communication->set_state(Activity::State::INITED);
    return flow;
  }

  void start_piece(Flow& flow) {
    const Bytes piece(std::min(flow.left.si(), largest_piece));
    flow.left -= piece;
    zone_->set_current(routes_[flow.route]);
    const double units = std::max(std::round(piece.si() * scale), 1.0);
    flow.communication->set_payload_size(static_cast<std::uint64_t>(units));
    // SimGrid never lets a communication go faster than its slowest link was when it started.
    for_changed(flow.route, [this](topology::ChannelId channel, double) { set_bandwidth(channel, unlimited); });
    flow.communication->start();
    for_changed(flow.route, [this](topology::ChannelId channel, double speed) { set_bandwidth(channel, speed); });
    flow.is_under_way = true;
    ++under_way_;
  }

  void set_bandwidth(topology::ChannelId channel, double speed) {
    links_[channel.value()]->set_bandwidth(fleet_->channel(channel).bandwidth.si() * speed * scale);
  }

  template <class Visit>
  void for_changed(std::uint32_t route, const Visit& visit) const {
    if (speeds_.empty()) return;
    for (const topology::ChannelId channel : channels_[route]) {
      const auto changed = speeds_.find(channel);
      if (changed != speeds_.end()) visit(channel, changed->second);
    }
  }

  void complete(Flow& flow) {
    flow.is_under_way = false;
    --under_way_;
    // SimGrid is not done with a communication before this function returns.
    if (completed_ != nullptr) free_.push_back(completed_);
    completed_ = &flow;
    if (flow.left > Bytes(0)) {
      start(flow.number, flow.route, flow.left);
    } else {
      guarded([&] { client_->flow_done(flow.number); });
    }
    keep_jumps_short();
  }

  // SimGrid's clock goes on by differences: from t to t + (u - t). Up to u = 2t the difference is exact (Sterbenz
  // 1974), beyond it the clock may come out past u, and a flow that was to end there never does. So the clock is woken
  // before it can jump further.
  void keep_jumps_short() {
    const double clock = simgrid::s4u::Engine::get_clock();
    if (is_waking_early_ || under_way_ == 0 || clock <= 0) return;
    is_waking_early_ = true;
    Timer::set(2 * clock, [this] {
      is_waking_early_ = false;
      keep_jumps_short();
    });
  }

  // No exception may pass through SimGrid. The first one ends the simulation: what is under way comes to its end
  // unheard.
  template <class Function>
  void guarded(Function function) {
    if (failure_) return;
    try {
      function();
    } catch (...) {
      failure_ = std::current_exception();
    }
  }

  const topology::Fleet* fleet_;
  FleetZone* zone_;  // SimGrid's, to the end of the process
  simgrid::s4u::Host* source_ = nullptr;
  simgrid::s4u::Host* destination_ = nullptr;
  std::vector<simgrid::s4u::Link*> links_;  // of each channel that is on a route
  FleetZone::Route broken_;
  std::deque<FleetZone::Route> routes_;
  std::deque<std::vector<topology::ChannelId>> channels_;  // of each route
  std::map<std::uint32_t, Valve> valves_;                  // of routes that have been held or let go
  std::map<topology::ChannelId, double> speeds_;           // of those whose speed has been set
  std::deque<Flow> flows_;
  std::vector<Flow*> free_;
  Flow* completed_ = nullptr;
  std::size_t under_way_ = 0;
  bool is_waking_early_ = false;
  Client* client_ = nullptr;
  std::exception_ptr failure_ = nullptr;
};

}  // namespace
}  // namespace lockstep::sim

extern "C" lockstep::sim::FlowSharing* lockstep_flow_sharing(const lockstep::topology::Fleet& fleet) {
  if (!lockstep::sim::start_engine()) return nullptr;
  return new lockstep::sim::SimGridSharing(fleet);
}
