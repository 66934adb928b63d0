#include "sim/perturbations/conditions.hpp"

#include <algorithm>
#include <limits>

namespace lockstep::sim {

using topology::ChannelId;
using topology::VertexId;

namespace {

constexpr Seconds never(std::numeric_limits<double>::infinity());

}  // namespace

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

template <class Self, class Visit>
void Conditions::visit_profiles(Self& self, Visit visit) {
  for (auto& device : self.devices_) {
    if (device.profile != nullptr) visit(device.profile);
  }
  for (auto& channel : self.channels_) {
    if (channel != nullptr) visit(channel);
  }
}

Conditions::Speeds Conditions::speeds_at(Seconds time) const {
  Speeds speeds{.values = {}, .until = never};
  visit_profiles(*this, [&](const ProfilePointer& profile) {
    const Pace pace = profile->at(time);
    speeds.values.push_back(pace.speed);
    speeds.until = std::min(speeds.until, pace.until);
  });
  return speeds;
}

Conditions Conditions::as_at(Seconds time) const {
  Conditions frozen = *this;
  visit_profiles(frozen, [&](ProfilePointer& profile) {
    profile = slow_within(profile->at(time).speed, {.from = Seconds(0), .until = never});
  });
  return frozen;
}

bool Conditions::draws_work() const {
  return std::any_of(devices_.begin(), devices_.end(), [](const Device& device) { return !device.jitters.empty(); });
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
