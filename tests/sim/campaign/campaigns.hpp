#pragma once

#include <limits>

#include "sim/campaign/campaign.hpp"

// Campaigns whose steps are stated, so that what becomes of them can be reckoned by hand.
namespace lockstep::sim {

class StatedSteps final : public StepTimes {
 public:
  explicit StatedSteps(Seconds step, Seconds write = {}, Seconds load = {}) : step_(step), write_(write), load_(load) {}

  Steady at(Seconds, std::uint32_t lost) override {
    return {.step = lost == 0 ? step_ : fewer, .until = Seconds(std::numeric_limits<double>::infinity())};
  }
  Seconds write() override { return write_; }
  Seconds load() override { return load_; }
  Beside beside_write(Seconds, std::uint32_t) override {
    Beside beside{.steps = {}, .write = write_};
    for (Seconds passed; passed < write_; passed += slower) beside.steps.push_back(slower);
    return beside;
  }

  Seconds fewer = Seconds(1);   // a step on fewer replicas
  Seconds slower = Seconds(1);  // a step beside a write

 private:
  Seconds step_;
  Seconds write_;
  Seconds load_;
};

inline CheckpointRule every(Seconds work) {
  return {.interval = IntervalRule::stated, .stated = work};
}

// One node with one device.
inline CampaignGround one_node() {
  return {};
}

// Each with one device, in a rack and a replica of its own.
inline CampaignGround nodes(std::uint32_t count) {
  CampaignGround ground{.rack_of_place = {}, .replicas_of_place = {}, .replicas = count};
  for (std::uint32_t node = 0; node < count; ++node) {
    ground.rack_of_place.push_back(node);
    ground.replicas_of_place.push_back({node});
  }
  return ground;
}

}  // namespace lockstep::sim
