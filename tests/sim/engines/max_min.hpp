#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

#include "topology/fleet.hpp"

// A second implementation of fluid sharing, for tests: all rates anew at each event, by progressive filling (Bertsekas
// and Gallager, Data Networks, section 6.5.2).
namespace lockstep::sim {

struct FluidFlow {
  double start;
  std::vector<topology::LinkId> route;
  double bytes;
  double end = 0;  // the answer
};

class MaxMinSharing {
 public:
  explicit MaxMinSharing(const topology::Fleet& fleet) : fleet_(&fleet) {}

  void run(std::vector<FluidFlow>& flows) {
    double now = 0;
    std::vector<FluidFlow*> waiting;
    waiting.reserve(flows.size());
    for (FluidFlow& flow : flows) waiting.push_back(&flow);
    std::stable_sort(waiting.begin(), waiting.end(), [](auto* a, auto* b) { return a->start > b->start; });
    std::vector<Active> active;
    while (!waiting.empty() || !active.empty()) {
      share(active);
      double step = waiting.empty() ? std::numeric_limits<double>::infinity() : waiting.back()->start - now;
      for (const Active& one : active) step = std::min(step, one.left / one.rate);
      now += step;
      for (Active& one : active) one.left -= step * one.rate;
      std::erase_if(active, [&](const Active& one) {
        const bool is_done = one.left <= 1e-13 * one.flow->bytes;
        if (is_done) one.flow->end = now;
        return is_done;
      });
      for (; !waiting.empty() && waiting.back()->start <= now; waiting.pop_back()) {
        FluidFlow* flow = waiting.back();
        flow->end = now;
        if (flow->bytes > 0 && !flow->route.empty()) active.push_back({flow, flow->bytes});
      }
    }
  }

 private:
  struct Active {
    FluidFlow* flow;
    double left;
    double rate = 0;
    bool is_fixed = false;
  };
  struct Channel {
    double capacity = 0;
    double uses = 0;  // by flows that still grow
  };

  // All flows grow alike until a channel is full, which stops those on it; the others go on.
  void share(std::vector<Active>& active) const {
    std::map<topology::ChannelId, Channel> channels;
    const auto each_channel = [&](const Active& one, auto&& use) {
      for (const topology::LinkId link : one.flow->route) use(channels[fleet_->link(link).channel]);
    };
    for (Active& one : active) {
      one.is_fixed = false;
      for (const topology::LinkId link : one.flow->route) {
        Channel& channel = channels[fleet_->link(link).channel];
        channel.capacity = fleet_->channel_of(link).bandwidth.si();
        channel.uses += 1;
      }
    }
    for (std::size_t growing = active.size(); growing > 0;) {
      double level = std::numeric_limits<double>::infinity();
      for (const auto& [id, channel] : channels) {
        if (channel.uses > 0) level = std::min(level, channel.capacity / channel.uses);
      }
      std::vector<Active*> stopped;
      for (Active& one : active) {
        bool is_full = false;
        if (!one.is_fixed) {
          each_channel(one, [&](Channel& channel) {
            is_full = is_full || channel.capacity / channel.uses <= level * (1 + 1e-12);
          });
        }
        if (is_full) stopped.push_back(&one);
      }
      for (Active* one : stopped) {
        one->is_fixed = true;
        one->rate = level;
        --growing;
        each_channel(*one, [&](Channel& channel) {
          channel.capacity -= level;
          channel.uses -= 1;
        });
      }
    }
  }

  const topology::Fleet* fleet_;
};

}  // namespace lockstep::sim
