// What perturbations say of failures: they stop a campaign, and leave its steps as they are.
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "sim/campaign/campaign_spec.hpp"
#include "sim/perturbations/kinds.hpp"

namespace lockstep::sim {
namespace {

FailureScope read_scope(const JsonFields& fields) {
  const std::string scope = fields.choice_or("of", "job", {"device", "node", "rack", "job"});
  if (scope == "device") return FailureScope::device;
  if (scope == "node") return FailureScope::node;
  return scope == "rack" ? FailureScope::rack : FailureScope::job;
}

Distribution exponential(Seconds mean) {
  const Json stated = {{"lifetime", {{"distribution", "exponential"}, {"mean", to_exact_text(mean)}}}};
  return read_distribution(JsonFields(stated, ""), "lifetime", Dimension::time);
}

// Without one that is always 0.
Distribution read_positive_times(const JsonFields& fields, const std::string& key) {
  Distribution times = read_distribution(fields, key, Dimension::time);
  if (times.maximum() && !(*times.maximum() > 0)) fields.fail(key, "is always 0 s, so that nothing ever runs");
  return times;
}

Distribution read_lifetime(const JsonFields& fields) {
  if (fields.has("mtbf") == fields.has("lifetime")) {
    fields.fail("mtbf", "state either the mean time between failures or the distribution of lifetimes",
                "as in \"mtbf\": \"3 h\", or \"lifetime\": {\"distribution\": \"weibull\", …}");
  }
  if (fields.has("mtbf")) {
    const auto mtbf = fields.required<Seconds>("mtbf");
    if (!(mtbf > Seconds(0))) fields.fail("mtbf", "must be longer than 0 s, or nothing ever runs");
    return exponential(mtbf);
  }
  return read_positive_times(fields, "lifetime");
}

Distribution read_times_or_none(const JsonFields& fields, const std::string& key) {
  return fields.has(key) ? read_distribution(fields, key, Dimension::time) : Distribution::constant(0);
}

void read_recovery(const JsonFields& fields, FailureCause& cause) {
  cause.notice = fields.value_or("notice", Seconds(0));
  cause.detect = read_times_or_none(fields, "detect");
  cause.restart = read_times_or_none(fields, "restart");
  cause.rewarm = read_times_or_none(fields, "rewarm");
  cause.restart_can_fail = fields.value_or("restart_can_fail", true);
}

// How often each cause was seen in a while: {"counts": {"NIC": 7, "power supply": 3}, "during": "54 d"}.
void read_counts(const JsonFields& fields, FailureCause cause, CampaignSpec& campaign) {
  for (const char* other : {"mtbf", "lifetime"}) {
    if (fields.has(other)) fields.fail(other, "\"counts\" say already how often it fails");
  }
  const auto during = fields.required<Seconds>("during");
  if (!(during > Seconds(0))) fields.fail("during", "must be longer than 0 s");
  const JsonFields counts = fields.object("counts");
  for (const auto& [name, count] : counts.value().items()) {
    const auto times = counts.required<double>(name);
    if (!(times > 0)) counts.fail(name, "must be above 0", "leave out what never happened");
    for (const FailureCause& known : campaign.causes) {
      if (known.name == name) counts.fail(name, "another cause is called like this, and draws go by names");
    }
    cause.name = name;
    cause.lifetime = exponential(during / times);
    campaign.causes.push_back(cause);
  }
}

// What the whole job has once, whichever perturbation says it.
void read_spares(const JsonFields& fields, CampaignSpec& campaign) {
  const Json* stated = fields.raw("spares");
  if (stated == nullptr) return;
  if (campaign.spares) fields.fail("spares", "another perturbation has stated the spare nodes of the job already");
  constexpr std::int64_t most = 1'000'000;
  if (!stated->is_object()) {
    campaign.spares = static_cast<std::uint32_t>(fields.count("spares", 0, most));
    return;
  }
  const JsonFields spares = fields.object("spares");
  campaign.spares = static_cast<std::uint32_t>(spares.count("count", 0, most));
  campaign.swap = spares.value_or("swap", Seconds(0));
  campaign.spares_age = spares.value_or("age", false);
  spares.reject_unknown();
}

void read_checkpoint(const JsonFields& fields, CampaignSpec& campaign) {
  if (!fields.has("checkpoint")) return;
  if (campaign.checkpoint) fields.fail("checkpoint", "the checkpoints of the job are stated already");
  campaign.checkpoint = read_checkpoint_rule(fields.object("checkpoint"));
}

void read_elastic(const JsonFields& fields, CampaignSpec& campaign) {
  if (!fields.has("elastic")) return;
  if (campaign.least_replicas) fields.fail("elastic", "another perturbation has stated it already");
  const JsonFields elastic = fields.object("elastic");
  campaign.least_replicas = static_cast<std::uint32_t>(elastic.count("least_replicas", 1, UINT32_MAX));
  elastic.reject_unknown();
}

}  // namespace

std::unique_ptr<Perturbation> read_failures(const JsonFields& fields, const PerturbationGround& ground) {
  FailureCause cause{.name = ground.name, .scope = read_scope(fields)};
  cause.ages_idle = fields.value_or("ages_idle", false);
  if (fields.has("repair")) cause.repair = read_distribution(fields, "repair", Dimension::time);
  read_recovery(fields, cause);
  if (fields.has("counts")) {
    read_counts(fields, cause, *ground.campaign);
  } else {
    cause.lifetime = read_lifetime(fields);
    ground.campaign->causes.push_back(cause);
  }
  read_spares(fields, *ground.campaign);
  read_checkpoint(fields, *ground.campaign);
  read_elastic(fields, *ground.campaign);
  return nullptr;
}

std::unique_ptr<Perturbation> read_preemption(const JsonFields& fields, const PerturbationGround& ground) {
  FailureCause cause{.name = ground.name, .lifetime = read_positive_times(fields, "every"), .is_outage = true};
  cause.repair = read_distribution(fields, "lasts", Dimension::time);
  read_recovery(fields, cause);
  read_checkpoint(fields, *ground.campaign);
  ground.campaign->causes.push_back(std::move(cause));
  return nullptr;
}

}  // namespace lockstep::sim
