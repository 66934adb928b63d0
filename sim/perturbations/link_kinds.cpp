// Perturbations of what links carry.
#include "sim/perturbations/kinds.hpp"
#include "sim/perturbations/targets.hpp"

namespace lockstep::sim {
namespace {

class SlowLinks final : public Perturbation {
 public:
  SlowLinks(LinkTargets targets, ProfilePointer profile) : targets_(std::move(targets)), profile_(std::move(profile)) {}
  void disturb(Conditions& conditions, const RunDraws& draws) const override {
    if (profile_ == nullptr) return;
    for (const topology::ChannelId channel : targets_.of_run(draws)) conditions.disturb_channel(channel, profile_);
  }
  bool is_random() const override { return targets_.are_drawn(); }

 private:
  LinkTargets targets_;
  ProfilePointer profile_;
};

class FlappingLinks final : public Perturbation {
 public:
  FlappingLinks(LinkTargets targets, RandomWindows windows, const SpeedWindow& within)
      : targets_(std::move(targets)), windows_(std::move(windows)), within_(within) {}
  void disturb(Conditions& conditions, const RunDraws& draws) const override {
    for (const topology::ChannelId channel : targets_.of_run(draws)) {
      const RandomStream stream = draws.stream("times", channel.value());
      conditions.disturb_channel(channel, slow_at_random(0, windows_, within_, stream));
    }
  }

 private:
  LinkTargets targets_;
  RandomWindows windows_;
  SpeedWindow within_;
};

class LinkJitter final : public Perturbation {
 public:
  LinkJitter(LinkTargets targets, Distribution factor, Seconds every)
      : targets_(std::move(targets)), factor_(std::move(factor)), every_(every) {}
  void disturb(Conditions& conditions, const RunDraws& draws) const override {
    for (const topology::ChannelId channel : targets_.of_run(draws)) {
      const RandomStream stream = draws.stream("factor", channel.value());
      conditions.disturb_channel(channel, slow_by_draws(factor_, every_, stream));
    }
  }

 private:
  LinkTargets targets_;
  Distribution factor_;
  Seconds every_;
};

}  // namespace

std::unique_ptr<Perturbation> read_slow_links(const JsonFields& fields, const PerturbationGround& ground) {
  LinkTargets targets = LinkTargets::read(fields, ground.fleet);
  const double factor = read_factor(fields, "factor");
  return std::make_unique<SlowLinks>(std::move(targets), read_slow_times(fields, factor));
}

std::unique_ptr<Perturbation> read_flapping_links(const JsonFields& fields, const PerturbationGround& ground) {
  LinkTargets targets = LinkTargets::read(fields, ground.fleet);
  const RandomTimes times = read_random_times(fields);
  return std::make_unique<FlappingLinks>(std::move(targets), times.windows, times.within);
}

std::unique_ptr<Perturbation> read_link_jitter(const JsonFields& fields, const PerturbationGround& ground) {
  LinkTargets targets = LinkTargets::read(fields, ground.fleet);
  Distribution factor = read_distribution(fields, "factor", Dimension::factor);
  if (!(factor.minimum() > 0)) {
    fields.fail("factor", "can come out as 0, and nothing is infinitely fast", "state a \"low\" above 0");
  }
  const auto every = fields.required<Seconds>("every");
  if (!(every > Seconds(0))) fields.fail("every", "must be positive");
  return std::make_unique<LinkJitter>(std::move(targets), std::move(factor), every);
}

}  // namespace lockstep::sim
