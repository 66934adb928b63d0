#include "sim/perturbations/conditions.hpp"

#include <algorithm>
#include <limits>

namespace lockstep::sim {

using topology::ChannelId;
using topology::VertexId;

namespace {

constexpr Seconds never(std::numeric_limits<double>::infinity());

}  // namespace

Pace Traffic::quiet_at(Seconds time) const {
  return quiet != nullptr ? quiet->at(time) : Pace{.speed = 0, .until = never};
}

void Conditions::disturb_device(VertexId device, const ProfilePointer& profile) {
  ProfilePointer& known = devices_[device.value()].profile;
  known = both(known, profile);
}

void Conditions::disturb_channel(ChannelId channel, const ProfilePointer& profile) {
  ProfilePointer& known = channels_[channel.value()];
  known = both(known, profile);
}

void Conditions::add_traffic(Traffic traffic) {
  traffic_on_.resize(channels_.size());
  for (const topology::LinkId link : traffic.links) {
    std::vector<std::uint32_t>& known = traffic_on_[fleet_->link(link).channel.value()];
    const auto number = static_cast<std::uint32_t>(traffic_.size());
    if (known.empty() || known.back() != number) known.push_back(number);
  }
  traffic_.push_back(std::move(traffic));
}

std::span<const std::uint32_t> Conditions::traffic_on(ChannelId channel) const {
  if (traffic_on_.empty()) return {};
  return traffic_on_[channel.value()];
}

// Flows that go over it go over it no more, nor over the rest of their way.
void Conditions::heal_channel(ChannelId channel) {
  channels_[channel.value()] = nullptr;
  std::vector<Traffic> others;
  for (const Traffic& traffic : traffic_) {
    const bool is_there = std::any_of(traffic.links.begin(), traffic.links.end(),
                                      [&](topology::LinkId link) { return fleet_->link(link).channel == channel; });
    if (!is_there) others.push_back(traffic);
  }
  traffic_.clear();
  traffic_on_.clear();
  for (Traffic& traffic : others) add_traffic(std::move(traffic));
}

void Conditions::add_jitter(const WorkJitter& jitter, std::span<const std::pair<VertexId, RandomStream>> draws) {
  if (jitter.factor.minimum() == 1 && jitter.factor.maximum() == 1) return;
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
  for (const Traffic& traffic : traffic_) {
    const Pace quiet = traffic.quiet_at(time);
    speeds.values.push_back(quiet.speed > 0 ? 1 : 1 / (1.0 + traffic.flows));
    speeds.until = std::min(speeds.until, quiet.until);
  }
  return speeds;
}

Conditions Conditions::as_at(Seconds time) const {
  Conditions frozen = *this;
  const auto freeze = [&](ProfilePointer& profile) {
    profile = slow_within(profile->at(time).speed, {.from = Seconds(0), .until = never});
  };
  visit_profiles(frozen, freeze);
  for (Traffic& traffic : frozen.traffic_) {
    if (traffic.quiet != nullptr) freeze(traffic.quiet);
  }
  return frozen;
}

Conditions Conditions::lasting() const {
  Conditions lasting = *this;
  lasting.variations_.clear();
  for (Device& device : lasting.devices_) {
    std::erase_if(device.jitters, [](const Jitter& jitter) { return jitter.each != JitterEach::device; });
  }
  return lasting;
}

bool Conditions::draws_work() const {
  return !variations_.empty() ||
         std::any_of(devices_.begin(), devices_.end(), [](const Device& device) { return !device.jitters.empty(); });
}

bool Conditions::is_constant_from(Seconds time) const {
  const auto draws_again = [](const Jitter& jitter) { return jitter.each != JitterEach::device; };
  const bool draws = !variations_.empty() || std::ranges::any_of(devices_, [&](const Device& device) {
    return std::ranges::any_of(device.jitters, draws_again);
  });
  return !draws && !(speeds_at(time).until < never);
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

DataStretch Conditions::stretch(VertexId device, std::uint32_t job, const workloads::DataPart& part) const {
  DataStretch all;
  if (devices_[device.value()].has_usual_data) return all;
  for (const auto& variation : variations_) {
    const DataStretch one = variation->of(first_job_ + job, part);
    all.whole *= one.whole;
    all.attention *= one.attention;
  }
  return all;
}

}  // namespace lockstep::sim
