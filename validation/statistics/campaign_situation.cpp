#include "validation/statistics/campaign_situation.hpp"

#include <algorithm>
#include <cmath>

#include "base/contract.hpp"
#include "base/unit_text.hpp"
#include "validation/order_statistics/throughputs.hpp"

namespace lockstep::validation {
namespace {

using Sentence = std::optional<std::string>;

Seconds mean_of(const Distribution& time) {
  return Seconds(time.mean().value_or(0));
}

bool is_fixed(const Distribution& time) {
  return time.variance() == 0;
}

// In which nothing more can fail, and in which it can.
struct Recovery {
  Seconds downtime;
  Seconds restart;
};
Recovery recovery_from(const sim::FailureCause& cause, Seconds load) {
  const bool is_waited_for = cause.repair && !cause.takes_nodes;
  return {.downtime = mean_of(cause.detect) + (is_waited_for ? mean_of(*cause.repair) : Seconds(0)),
          .restart = mean_of(cause.restart) + load + mean_of(cause.rewarm)};
}

// Of what is safe only the mean counts; e^(R/M) takes more.
Sentence uneven_restarts(const sim::CampaignSpec& spec, Seconds load) {
  const Recovery first = recovery_from(spec.causes.front(), load);
  for (const sim::FailureCause& cause : spec.causes) {
    if (cause.restart_can_fail != spec.causes.front().restart_can_fail) {
      return "after '" + cause.name + "' a restart may fail, after others not, or the other way round";
    }
    if (!cause.restart_can_fail) continue;
    if (!is_fixed(cause.restart) || !is_fixed(cause.rewarm)) return "restarts after '" + cause.name + "' vary";
    const Recovery own = recovery_from(cause, load);
    if (own.restart != first.restart) {
      return "a restart takes " + to_text(own.restart) + " after '" + cause.name + "' and " + to_text(first.restart) +
             " after '" + spec.causes.front().name + "'";
    }
  }
  return std::nullopt;
}

Sentence other_restarts(const sim::CampaignSpec& spec, Seconds load) {
  for (const sim::FailureCause& cause : spec.causes) {
    if (cause.notice > Seconds(0)) {
      return "the job hears of '" + cause.name + "' " + to_text(cause.notice) + " before";
    }
    if (cause.takes_nodes) {
      return "'" + cause.name + "' takes nodes away, and with " + std::to_string(spec.spares.value_or(0)) +
             " spares the job swaps them or waits for repairs";
    }
  }
  if (spec.checkpoint && spec.checkpoint->memory) return "copies in memory are younger than those in storage";
  return uneven_restarts(spec, load);
}

Sentence hidden_writes(const sim::CampaignSpec& spec, Seconds write) {
  if (!spec.checkpoint || !spec.checkpoint->is_asynchronous) return std::nullopt;
  return "writes take " + to_text(write) + " beside the steps";
}

Sentence varying_segments(const sim::CampaignSpec& spec, const CampaignFigures& figures) {
  if (figures.varying_steps) return figures.varying_steps;
  if (spec.least_replicas)
    return "the job goes on with as few as " + std::to_string(*spec.least_replicas) + " replicas";
  if (spec.checkpoint && spec.checkpoint->interval == sim::IntervalRule::adaptive) {
    return "the interval follows the failures that there were";
  }
  return std::nullopt;
}

// Means weighted by how often each cause comes.
void set_failures(const sim::CampaignSpec& spec, const sim::CampaignGround& ground, Seconds load,
                  ReliabilitySituation& at) {
  Frequency rate;
  double downtimes = 0, restarts = 0;
  for (const sim::FailureCause& cause : spec.causes) {
    if (!is_exponential(cause.lifetime)) at.law = "not exponential";
    if (!cause.lifetime.mean()) continue;
    const Frequency own = units_of(cause.scope, ground) / mean_of(cause.lifetime);
    const Recovery recovery = recovery_from(cause, load);
    rate += own;
    downtimes += own * recovery.downtime;
    restarts += own * recovery.restart;
  }
  at.policy.mtbf = 1.0 / rate;
  at.policy.downtime = downtimes / rate;
  at.policy.restart = restarts / rate;
  at.restart = spec.causes.front().restart_can_fail ? Restart::may_fail : Restart::is_safe;
}

}  // namespace

ReliabilitySituation campaign_situation(const sim::CampaignSpec& spec, const sim::CampaignGround& ground,
                                        const CampaignFigures& figures) {
  LOCKSTEP_REQUIRE(!spec.causes.empty());
  ReliabilitySituation at;
  set_failures(spec, ground, figures.load, at);
  const bool saves = spec.checkpoint && spec.checkpoint->interval != sim::IntervalRule::never;
  // Steps are not torn apart: a checkpoint comes at the end that is nearest to when it is due.
  const double due = std::max(1.0, std::ceil(figures.interval / figures.step - 0.5 - 1e-9));
  const double steps = saves ? std::min(due, figures.steps) : figures.steps;
  at.policy.write = saves ? figures.write : Seconds(0);
  at.work = steps * figures.step;
  at.segments = figures.steps / steps;
  at.hidden_writes = hidden_writes(spec, figures.write);
  at.varying_segments = varying_segments(spec, figures);
  at.other_restarts = other_restarts(spec, figures.load);
  return at;
}

}  // namespace lockstep::validation
