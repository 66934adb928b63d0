#include "sim/engines/timer_network.hpp"

namespace lockstep::sim {

void TimerNetwork::run(NetworkClient& client) {
  while (!queue_.empty()) {
    now_ = queue_.next_time();
    const Event event = queue_.pop();
    switch (event.what) {
      case What::transferred:
        client.transferred(TransferId(event.id));
        break;
      case What::sender_released:
        client.sender_released(TransferId(event.id));
        break;
      case What::delivered:
        client.delivered(TransferId(event.id));
        break;
      case What::timer:
        client.timer_expired(TimerId(event.id));
        break;
      case What::computed:
        client.computed(ComputeId(event.id));
        break;
    }
  }
}

}  // namespace lockstep::sim
