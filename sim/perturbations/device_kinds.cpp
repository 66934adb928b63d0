// Perturbations of what devices do.
#include "base/error.hpp"
#include "sim/perturbations/kinds.hpp"
#include "sim/perturbations/targets.hpp"

namespace lockstep::sim {
namespace {

class SlowDevices final : public Perturbation {
 public:
  SlowDevices(DeviceTargets targets, ProfilePointer profile)
      : targets_(std::move(targets)), profile_(std::move(profile)) {}
  void disturb(Conditions& conditions, const RunDraws& draws) const override {
    if (profile_ == nullptr) return;
    for (const topology::VertexId device : targets_.of_run(draws)) conditions.disturb_device(device, profile_);
  }
  bool is_random() const override { return targets_.are_drawn(); }

 private:
  DeviceTargets targets_;
  ProfilePointer profile_;
};

class ComputeJitter final : public Perturbation {
 public:
  ComputeJitter(DeviceTargets targets, WorkJitter jitter) : targets_(std::move(targets)), jitter_(std::move(jitter)) {}
  void disturb(Conditions& conditions, const RunDraws& draws) const override {
    std::vector<std::pair<topology::VertexId, RandomStream>> streams;
    for (const topology::VertexId device : targets_.of_run(draws)) {
      streams.emplace_back(device, draws.stream("factor", device.value()));
    }
    conditions.add_jitter(jitter_, streams);
  }

 private:
  DeviceTargets targets_;
  WorkJitter jitter_;
};

class Stall final : public Perturbation {
 public:
  Stall(DeviceTargets targets, RandomWindows windows, const SpeedWindow& within)
      : targets_(std::move(targets)), windows_(std::move(windows)), within_(within) {}
  void disturb(Conditions& conditions, const RunDraws& draws) const override {
    for (const topology::VertexId device : targets_.of_run(draws)) {
      const RandomStream stream = draws.stream("times", device.value());
      conditions.disturb_device(device, slow_at_random(0, windows_, within_, stream));
    }
  }

 private:
  DeviceTargets targets_;
  RandomWindows windows_;
  SpeedWindow within_;
};

}  // namespace

std::unique_ptr<Perturbation> read_slow_devices(const JsonFields& fields, const PerturbationGround& ground) {
  DeviceTargets targets = DeviceTargets::read(fields, ground.fleet);
  const double factor = read_factor(fields, "factor");
  return std::make_unique<SlowDevices>(std::move(targets), read_slow_times(fields, factor));
}

std::unique_ptr<Perturbation> read_compute_jitter(const JsonFields& fields, const PerturbationGround& ground) {
  DeviceTargets targets = DeviceTargets::read(fields, ground.fleet);
  WorkJitter jitter{.factor = read_distribution(fields, "factor", Dimension::factor)};
  const std::string each = fields.choice_or("each", "operation", {"operation", "device"});
  jitter.each = each == "device" ? JitterEach::device : JitterEach::operation;
  jitter.correlation = fields.value_or("correlation", 0.0);
  if (!(jitter.correlation >= 0 && jitter.correlation < 1)) {
    fields.fail("correlation", "of one operation's factor with the next lies between 0 and 1, 1 excluded",
                "\"each\": \"device\" draws once a run");
  }
  if (jitter.each == JitterEach::device && fields.has("correlation")) {
    fields.fail("correlation", "a factor that is drawn once a device never changes");
  }
  return std::make_unique<ComputeJitter>(std::move(targets), std::move(jitter));
}

std::unique_ptr<Perturbation> read_stall(const JsonFields& fields, const PerturbationGround& ground) {
  DeviceTargets targets = DeviceTargets::read(fields, ground.fleet);
  const RandomTimes times = read_random_times(fields);
  return std::make_unique<Stall>(std::move(targets), times.windows, times.within);
}

}  // namespace lockstep::sim
