#pragma once

#include "sim/engines/timer_network.hpp"

namespace lockstep::sim {

// Nothing is shared: a transfer takes the latency of its route and its bytes at the pace of the slowest link.
class ContentionFreeNetwork final : public TimerNetwork {
 public:
  using TimerNetwork::TimerNetwork;
  void start(TransferId id, const Transfer& transfer) override {
    const RouteTable::Route& route = routes()[transfer.route];
    const Seconds latency = route.latency + transfer.delay;
    const Seconds end = route.is_disturbed ? routes().passed(transfer.route, transfer.bytes, now() + latency)
                                           : now() + (latency + transfer.bytes / route.bandwidth);
    schedule(end, What::transferred, id);
  }
};

}  // namespace lockstep::sim
