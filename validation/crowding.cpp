#include "validation/crowding.hpp"

#include <algorithm>
#include <queue>
#include <vector>

#include "sim/engines/timer_network.hpp"
#include "sim/executor/executor.hpp"

namespace lockstep::validation {

using topology::Channel;
using topology::LinkId;
using topology::VertexId;

namespace {

// Messages that follow each other without a gap may seem to overlap by a rounding error.
constexpr double rounding = 1e-9;

// The load of each channel and vertex, and the worst that there was.
class Load {
 public:
  explicit Load(const topology::Fleet& fleet)
      : fleet_(fleet),
        wanted_(fleet.channels().size()),
        messages_(fleet.channels().size()),
        sending_(fleet.vertices().size()),
        receiving_(fleet.vertices().size()) {}

  void add(std::span<const LinkId> route, Bandwidth bandwidth) {
    for (const LinkId link : route) {
      const std::uint32_t channel = fleet_.link(link).channel.value();
      wanted_[channel] += bandwidth;
      ++messages_[channel];
      if (fleet_.channels()[channel].sharing == topology::Sharing::shared) notice(channel);
    }
  }
  void remove(std::span<const LinkId> route, Bandwidth bandwidth) {
    for (const LinkId link : route) {
      const std::uint32_t channel = fleet_.link(link).channel.value();
      // Nothing left is exactly nothing, so that no rounding adds up.
      wanted_[channel] = --messages_[channel] == 0 ? Bandwidth(0) : wanted_[channel] - bandwidth;
    }
  }
  void add_message(VertexId from, VertexId to) {
    crowding_.most_at_once = std::max({crowding_.most_at_once, ++sending_[from.value()], ++receiving_[to.value()]});
  }
  void remove_message(VertexId from, VertexId to) {
    --sending_[from.value()];
    --receiving_[to.value()];
  }
  const Crowding& crowding() const { return crowding_; }

 private:
  void notice(std::uint32_t channel) {
    const double excess = wanted_[channel] / fleet_.channels()[channel].bandwidth;
    if (excess <= most_excess_) return;
    most_excess_ = excess;
    crowding_.worst = {topology::ChannelId(channel), messages_[channel], excess};
  }

  const topology::Fleet& fleet_;
  std::vector<Bandwidth> wanted_;  // of each channel
  std::vector<std::uint32_t> messages_;
  std::vector<std::uint32_t> sending_;  // of each vertex
  std::vector<std::uint32_t> receiving_;
  double most_excess_ = 1 + rounding;
  Crowding crowding_;
};

// A network without contention that watches where there would be some.
class WatchedNetwork final : public sim::TimerNetwork {
 public:
  WatchedNetwork(sim::RouteTable& table, Load& load) : TimerNetwork(table), load_(&load) {}

  void start(sim::TransferId id, const sim::Transfer& transfer) override {
    advance(now());
    const auto& route = routes()[transfer.route];
    const Seconds flows = now() + (route.latency + transfer.delay);
    const Seconds moving = transfer.bytes / route.bandwidth;
    const Seconds end = now() + (route.latency + transfer.delay + moving);
    const Seconds slack = rounding * (moving + 1e-3 * end);
    schedule(end, What::transferred, id);
    changes_.push({now() + slack, transfer.route, Change::message_starts});
    changes_.push({std::max(now() + slack, end - slack), transfer.route, Change::message_ends});
    if (!(moving > 2 * slack)) return;
    changes_.push({flows + slack, transfer.route, Change::flow_starts});
    changes_.push({end - slack, transfer.route, Change::flow_ends});
  }
  void finish() {
    while (!changes_.empty()) apply_next();
  }

 private:
  struct Change {
    enum What : std::uint8_t { flow_ends, message_ends, message_starts, flow_starts };
    Seconds at;
    sim::RouteId route;
    What what;
    friend bool operator<(const Change& a, const Change& b) {  // the queue's top is the earliest
      return a.at != b.at ? a.at > b.at : a.what > b.what;
    }
  };

  void advance(Seconds until) {
    while (!changes_.empty() && changes_.top().at <= until) apply_next();
  }
  void apply_next() {
    const Change change = changes_.top();
    changes_.pop();
    const auto& route = routes()[change.route];
    switch (change.what) {
      case Change::flow_starts:
        return load_->add(routes().links(change.route), route.bandwidth);
      case Change::flow_ends:
        return load_->remove(routes().links(change.route), route.bandwidth);
      case Change::message_starts:
        return load_->add_message(route.from, route.to);
      case Change::message_ends:
        return load_->remove_message(route.from, route.to);
    }
  }

  Load* load_;
  std::priority_queue<Change> changes_;
};

bool has_room_for_all(const CollectiveCase& subject, const Traffic& traffic) {
  if (traffic.overtakes()) return false;
  Load all(subject.fleet);
  for (const Connection& connection : traffic.connections()) all.add(traffic.links(connection), connection.bandwidth);
  return !all.crowding().worst;
}

}  // namespace

Crowding crowding_of(const CollectiveCase& subject, const Traffic& traffic) {
  if (traffic.most_peers() <= 1 && has_room_for_all(subject, traffic)) return {};
  const ReadyCase made = ready(subject);
  return crowding_of(made.fleet, made.job, subject.engine.eager);
}

Crowding crowding_of(const topology::Fleet& fleet, const sim::Job& job, bool eager) {
  Load load(fleet);
  sim::RouteTable routes(fleet);
  WatchedNetwork network(routes, load);
  const auto start = eager ? sim::Executor::Start::eager : sim::Executor::Start::rendezvous;
  sim::Executor(std::span(&job, 1), {.routes = routes, .network = network, .start = start}).run();
  network.finish();
  return load.crowding();
}

std::vector<std::uint32_t> messages_by_channel(const CollectiveCase& subject, const Traffic& traffic) {
  std::vector<std::uint32_t> messages(subject.fleet.channels().size());
  for (const Connection& connection : traffic.connections()) {
    for (const LinkId link : traffic.links(connection)) ++messages[subject.fleet.link(link).channel.value()];
  }
  return messages;
}

}  // namespace lockstep::validation
