#include "sim/campaign/campaign.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "sim/campaign/campaign_run.hpp"
#include "sim/campaign/checkpoint_interval.hpp"

namespace lockstep::sim {
namespace {

// What roundings make of steps that were added up.
constexpr double slack = 1e-9;

}  // namespace

std::uint32_t CampaignGround::racks() const {
  return 1 + *std::max_element(rack_of_place.begin(), rack_of_place.end());
}

double units_of(FailureScope scope, const CampaignGround& ground) {
  switch (scope) {
    case FailureScope::device:
      return ground.devices();
    case FailureScope::node:
      return ground.places();
    case FailureScope::rack:
      return ground.racks();
    case FailureScope::job:
      break;
  }
  return 1;
}

CampaignRecord run_campaign(const CampaignSpec& spec, const CampaignGround& ground, const CampaignGoal& goal,
                            StepTimes& times, const CampaignDraws& draws) {
  return CampaignRun(spec, ground, goal, times, draws).run();
}

CampaignRun::CampaignRun(const CampaignSpec& spec, const CampaignGround& ground, const CampaignGoal& goal,
                         StepTimes& times, const CampaignDraws& draws)
    : spec_(&spec),
      rule_(spec.checkpoint.value_or(CheckpointRule())),
      ground_(&ground),
      goal_(goal),
      times_(&times),
      pool_(ground.places(), spec.spares.value_or(0)),
      clocks_(spec.causes,
              {.nodes = ground.places() + spec.spares.value_or(0),
               .devices_of_node = ground.devices_of_node,
               .racks = ground.racks()},
              draws.seed, draws.replica),
      recovery_(draws.seed, "campaign/recovery", {draws.replica}),
      culprits_(draws.seed, "campaign/culprits", {draws.replica}),
      forgot_(ground.places()) {
  for (const FailureCause& cause : spec.causes) record_.causes.push_back({.name = cause.name});
}

CampaignRecord CampaignRun::run() {
  if (has_checkpoints()) {
    record_.write = times_->write();
    record_.load = times_->load();
  }
  if (rule_.memory) copied_ = Progress();
  start_clocks();
  // What is reached is saved at the end, and if that fails, some of it has to be done again.
  const auto is_saved = [&] { return !has_checkpoints() || saved_.steps >= at_.steps - slack; };
  while (record_.is_finished && now_.wall < goal_.time) {
    if (at_.steps < goal_.steps - slack) {
      work();
    } else if (is_saved() || (save() && wait_for_write())) {
      break;
    }
  }
  record_.steps = at_.steps;
  record_.time.productive = at_.time;
  const auto saves = static_cast<double>(record_.checkpoints);
  record_.mean_interval = record_.checkpoints > 0 ? between_saves_ / saves : at_.time;
  return std::move(record_);
}

void CampaignRun::start_clocks() {
  for (std::uint32_t place = 0; place < ground_->places(); ++place) clocks_.renew_node(place, now_);
  if (spec_->spares_age) {
    for (const Node node : pool_.spares()) clocks_.renew_node(node, now_);
  }
  for (std::uint32_t cause = 0; cause < spec_->causes.size(); ++cause) {
    if (spec_->causes[cause].scope == FailureScope::job) clocks_.renew(cause, 0, now_);
    if (spec_->causes[cause].scope != FailureScope::rack) continue;
    for (std::uint32_t rack = 0; rack < ground_->racks(); ++rack) clocks_.renew(cause, rack, now_);
  }
}

Seconds CampaignRun::mean_between_failures() const {
  if (rule_.interval == IntervalRule::adaptive) {
    return (now_.job + rule_.guess) / static_cast<double>(record_.failures + 1);
  }
  double rate = 0;
  for (const FailureCause& cause : spec_->causes) {
    if (const auto mean = cause.lifetime.mean()) rate += units_of(cause.scope, *ground_) / *mean;
  }
  return Seconds(1 / rate);
}

// By what a write holds the steps up for.
Seconds CampaignRun::interval() const {
  if (rule_.interval == IntervalRule::stated) return rule_.stated;
  const Seconds mtbf = mean_between_failures();
  if (!std::isfinite(mtbf.si())) return mtbf;
  const Seconds cost = rule_.is_asynchronous ? rule_.snapshot : record_.write;
  Seconds best;
  switch (rule_.interval) {
    case IntervalRule::young:
      best = young_interval(mtbf, cost);
      break;
    case IntervalRule::daly:
      best = daly_interval(mtbf, cost);
      break;
    default:
      best = exact_interval(mtbf, cost);
  }
  // A write has to be over before the next one begins.
  return rule_.is_asynchronous ? std::max(best, record_.write) : best;
}

std::uint32_t CampaignRun::lost_replicas() const {
  if (pool_.missing() == 0) return 0;
  std::set<std::uint32_t> lost;
  for (std::uint32_t place = 0; place < ground_->places(); ++place) {
    if (pool_.at(place)) continue;
    lost.insert(ground_->replicas_of_place[place].begin(), ground_->replicas_of_place[place].end());
  }
  return static_cast<std::uint32_t>(lost.size());
}

// Steps as long as nothing changes, and then what is due.
void CampaignRun::work() {
  ++record_.events;
  if (writing_ && writing_->next < writing_->steps.size()) {
    const Seconds step = writing_->steps[writing_->next++];
    do_steps(step, 1);
    return save_what_is_due(step);
  }
  const StepTimes::Steady steady = times_->at(now_.wall, lost_replicas());
  const Seconds step = steady.step;
  double count = std::max(1.0, std::floor((steady.until - now_.wall) / step + slack));
  count = std::min(count, std::max(1.0, std::ceil((goal_.steps - at_.steps) / share() - slack)));
  // Up to the step whose end is nearest to what is due.
  const auto until = [&](Seconds between, const Progress& last) {
    return std::max(1.0, std::ceil((between - step / 2 - (at_.time - last.time)) / step - slack));
  };
  if (has_checkpoints()) count = std::min(count, until(interval(), last_saved_));
  if (copied_) count = std::min(count, until(rule_.memory->interval, last_copied_));
  do_steps(step, count);
  save_what_is_due(step);
}

void CampaignRun::do_steps(Seconds step, double count) {
  const double of_job = share();
  const Seconds begin = now_.wall;
  const Seconds span = capped(count * step);
  const bool is_cut = span < count * step;
  const auto failure = pass(span, true);
  const Seconds elapsed = failure ? now_.wall - begin : span;
  const double whole = failure || is_cut ? std::min(count, std::floor(elapsed / step + slack)) : count;
  at_.steps += whole * of_job;
  at_.time += whole * step;
  if (of_job < 1) record_.on_fewer += whole * step;
  const Seconds rest = std::max(Seconds(0), elapsed - whole * step);
  if (failure) {
    fail(*failure, {.step = step, .done = rest, .share = of_job});
  } else {
    record_.time.unfinished += rest;
  }
}

void CampaignRun::save_what_is_due(Seconds step) {
  const auto is_going_on = [&] {
    return record_.is_finished && now_.wall < goal_.time && at_.steps < goal_.steps - slack;
  };
  const auto is_due = [&](Seconds between, const Progress& last) {
    return is_going_on() && at_.time - last.time >= between - step * (0.5 + slack);
  };
  bool has_saved = false;
  if (copied_ && is_due(rule_.memory->interval, last_copied_)) has_saved = save_copies();
  if (has_checkpoints() && is_due(interval(), last_saved_)) has_saved = save() || has_saved;
  if (has_saved && pool_.missing() > 0 && is_going_on()) regrow();
}

// Saves what there is. False where that did not come about.
bool CampaignRun::save() {
  if (!wait_for_write()) return false;
  const Progress what = at_;
  if (!spend(rule_.is_asynchronous ? rule_.snapshot : record_.write, &CampaignTime::checkpoint)) return false;
  between_saves_ += what.time - last_saved_.time;
  last_saved_ = what;
  if (rule_.is_asynchronous) {
    StepTimes::Beside beside = times_->beside_write(now_.wall, lost_replicas());
    writing_ = Write{.what = what, .end = now_.wall + beside.write, .steps = std::move(beside.steps)};
  } else {
    written(what);
  }
  return true;
}

bool CampaignRun::save_copies() {
  if (!spend(rule_.memory->write, &CampaignTime::checkpoint)) return false;
  copied_ = last_copied_ = at_;
  std::fill(forgot_.begin(), forgot_.end(), false);
  failures_in_a_row_ = 0;
  return true;
}

bool CampaignRun::wait_for_write() {
  return !writing_ || spend(writing_->end - now_.wall, &CampaignTime::checkpoint);
}

void CampaignRun::written(const Progress& what) {
  saved_ = what;
  ++record_.checkpoints;
  failures_in_a_row_ = 0;
}

}  // namespace lockstep::sim
