#include "sim/campaign/campaign_spec.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "base/named_table.hpp"
#include "base/unit_text.hpp"

namespace lockstep::sim {
namespace {

constexpr std::array rules = {
    NamedEntry<IntervalRule>{"young", "sqrt(2 x write x time between failures), first order", IntervalRule::young},
    NamedEntry<IntervalRule>{"daly", "Daly's higher-order estimate", IntervalRule::daly},
    NamedEntry<IntervalRule>{"exact", "what minimises the expected time of exponential failures", IntervalRule::exact},
    NamedEntry<IntervalRule>{"adaptive", "the same, for as many failures as there have been", IntervalRule::adaptive},
    NamedEntry<IntervalRule>{"never", "no checkpoints", IntervalRule::never}};

// A name, or a time with its unit, which begins with a digit.
void read_interval(const JsonFields& fields, CheckpointRule& rule) {
  const auto stated = fields.required<std::string>("interval");
  const bool is_name = !stated.empty() && stated.front() >= 'a' && stated.front() <= 'z';
  if (is_name) {
    rule.interval = find_entry(std::span<const NamedEntry<IntervalRule>>(rules), stated, "rule for the interval",
                               fields.where("interval"))
                        .function;
  } else {
    rule.interval = IntervalRule::stated;
    rule.stated = fields.required<Seconds>("interval");
    if (!(rule.stated > Seconds(0))) {
      fields.fail("interval", "must be longer than 0 s", "it is the work between two checkpoints");
    }
  }
  const auto guess = fields.maybe<Seconds>("guess");
  if (guess && rule.interval != IntervalRule::adaptive) {
    fields.fail("guess", "only the adaptive rule starts from a guess of the time between failures");
  }
  constexpr Seconds day(86400);
  rule.guess = guess.value_or(day);
  if (!(rule.guess > Seconds(0))) fields.fail("guess", "must be longer than 0 s");
}

void read_asynchronous(const JsonFields& fields, CheckpointRule& rule) {
  rule.is_asynchronous = fields.choice_or("mode", "blocking", {"blocking", "asynchronous"}) == "asynchronous";
  for (const char* key : {"snapshot", "slowdown"}) {
    if (fields.has(key) && !rule.is_asynchronous) {
      fields.fail(key, "only asynchronous writes have it", "state \"mode\": \"asynchronous\"");
    }
  }
  rule.snapshot = fields.value_or("snapshot", Seconds(0));
  rule.slowdown = fields.value_or("slowdown", 1.0);
  if (!(rule.slowdown >= 1)) fields.fail("slowdown", "of the steps beside a write is at least 1");
  if (rule.slowdown > 1 && !rule.write) {
    fields.fail("slowdown", "how much a simulated write slows the steps down comes out of the simulation");
  }
}

MemoryCopies read_copies(const JsonFields& fields) {
  const MemoryCopies copies{.interval = fields.required<Seconds>("interval"),
                            .write = fields.required<Seconds>("write"),
                            .load = fields.value_or("load", Seconds(0))};
  if (!(copies.interval > Seconds(0))) fields.fail("interval", "must be longer than 0 s");
  fields.reject_unknown();
  return copies;
}

}  // namespace

const char* to_text(FailureScope scope) {
  switch (scope) {
    case FailureScope::device:
      return "device";
    case FailureScope::node:
      return "node";
    case FailureScope::rack:
      return "rack";
    case FailureScope::job:
      break;
  }
  return "job";
}

void CampaignSpec::settle_causes() {
  for (FailureCause& cause : causes) {
    const bool has_spares = spares.value_or(0) > 0;
    const bool is_of_job = cause.scope == FailureScope::job;
    cause.takes_nodes = !cause.is_outage && (is_of_job ? has_spares : has_spares || cause.repair || least_replicas);
  }
}

CheckpointRule read_checkpoint_rule(const JsonFields& fields) {
  CheckpointRule rule;
  rule.write = fields.maybe<Seconds>("write");
  rule.load = fields.maybe<Seconds>("load");
  rule.bytes = fields.maybe<Bytes>("bytes");
  if (rule.bytes && rule.write) {
    fields.fail("bytes", "how long a write takes is stated already, as \"write\"");
  }
  read_interval(fields, rule);
  read_asynchronous(fields, rule);
  const bool is_by_rule = rule.interval != IntervalRule::stated && rule.interval != IntervalRule::never;
  if (rule.is_asynchronous && is_by_rule && !(rule.snapshot > Seconds(0))) {
    fields.fail("snapshot", "the interval goes by what a write holds the steps up for, which is nothing here",
                "state what an asynchronous write stops them for, as in \"snapshot\": \"2 s\", or the interval itself");
  }
  if (fields.has("memory")) rule.memory = read_copies(fields.object("memory"));
  fields.reject_unknown();
  return rule;
}

}  // namespace lockstep::sim
