#include "sim/perturbations/conditions.hpp"

namespace lockstep::sim {

using topology::ChannelId;
using topology::VertexId;

void Conditions::disturb_device(VertexId device, const ProfilePointer& profile) {
  ProfilePointer& known = devices_[device.value()].profile;
  known = both(known, profile);
}

void Conditions::disturb_channel(ChannelId channel, const ProfilePointer& profile) {
  ProfilePointer& known = channels_[channel.value()];
  known = both(known, profile);
}

void Conditions::add_jitter(const WorkJitter& jitter, std::span<const std::pair<VertexId, RandomStream>> draws) {
  for (const auto& [device, stream] : draws) {
    devices_[device.value()].jitters.push_back(
        {.factor = jitter.factor, .stream = stream, .each = jitter.each, .correlation = jitter.correlation});
  }
}

double Conditions::draw_factor(VertexId device) {
  double product = 1;
  for (Jitter& jitter : devices_[device.value()].jitters) {
    const bool stays = jitter.last && (jitter.each == JitterEach::device ||
                                       (jitter.correlation > 0 && jitter.stream.uniform() < jitter.correlation));
    if (!stays) jitter.last = jitter.factor.sample(jitter.stream);
    product *= *jitter.last;
  }
  return product;
}

}  // namespace lockstep::sim
