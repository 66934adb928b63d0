#include "sim/campaign/campaign_results.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/unit_text.hpp"

namespace lockstep::sim {
namespace {

using Part = std::pair<const char*, Seconds CampaignTime::*>;
constexpr std::array parts = {Part{"productive", &CampaignTime::productive},
                              Part{"checkpoint", &CampaignTime::checkpoint},
                              Part{"lost", &CampaignTime::lost},
                              Part{"detect", &CampaignTime::detect},
                              Part{"waiting", &CampaignTime::waiting},
                              Part{"restart", &CampaignTime::restart},
                              Part{"load", &CampaignTime::load},
                              Part{"rewarm", &CampaignTime::rewarm},
                              Part{"unfinished", &CampaignTime::unfinished}};

std::string percent(double share) {
  return shortest_text(std::round(share * 1e4) / 1e2) + " %";
}

double share_of(Seconds part, Seconds whole) {
  return whole > Seconds(0) ? part / whole : 0;
}

}  // namespace

double CampaignOutcome::goodput() const {
  return share_of(record.steps * undisturbed_step, record.time.total());
}

double CampaignOutcome::effective_training_time_ratio() const {
  return share_of(record.time.productive, record.time.total());
}

Json as_json(const CampaignOutcome& outcome) {
  const CampaignRecord& record = outcome.record;
  const Seconds total = record.time.total();
  constexpr double hour = 3600;
  const auto device_hours = [&](Seconds time) { return time.si() / hour * outcome.devices; };
  Json times = Json::object();
  for (const auto& [name, part] : parts) times[name] = (record.time.*part).si();
  Json causes = Json::array();
  for (const CauseRecord& cause : record.causes) {
    causes.push_back({{"name", cause.name},
                      {"failures", cause.failures},
                      {"lost_s", cause.lost.si()},
                      {"lost_device_hours", device_hours(cause.lost)}});
  }
  Json json = {{"finished", record.is_finished},
               {"steps", record.steps},
               {"total_s", total.si()},
               {"goodput", outcome.goodput()},
               {"effective_training_time_ratio", outcome.effective_training_time_ratio()},
               {"undisturbed_step_s", outcome.undisturbed_step.si()},
               {"failures", record.failures},
               {"checkpoints",
                {{"count", record.checkpoints},
                 {"mean_interval_s", record.mean_interval.si()},
                 {"write_s", record.write.si()},
                 {"load_s", record.load.si()}}},
               {"breakdown_s", std::move(times)},
               {"on_fewer_replicas_s", record.on_fewer.si()},
               {"device_hours", device_hours(total)},
               {"lost_device_hours", device_hours(total - record.time.productive)},
               {"causes", std::move(causes)},
               {"simulated_steps", outcome.simulated_steps},
               {"steps_drawn_from_them", outcome.draws_steps},
               {"events", record.events}};
  if (!record.is_finished) json["reason"] = record.reason;
  return json;
}

std::vector<std::pair<std::string, std::string>> summary_of(const CampaignOutcome& outcome) {
  const CampaignRecord& record = outcome.record;
  const Seconds total = record.time.total();
  std::vector<std::pair<std::string, std::string>> lines = {
      {"campaign", shortest_text(std::round(record.steps)) + " steps in " + to_text(total)},
      {"effective time",
       percent(outcome.effective_training_time_ratio()) + " of it, goodput " + percent(outcome.goodput())},
      {"failures", std::to_string(record.failures)}};
  if (record.checkpoints > 0) {
    lines.emplace_back("checkpoints", std::to_string(record.checkpoints) + ", one every " +
                                          to_text(record.mean_interval) + " of work, " + to_text(record.write) +
                                          " each");
  }
  std::string spent;
  for (const auto& [name, part] : parts) {
    const double share = share_of(record.time.*part, total);
    if (share >= 0.00005) spent += (spent.empty() ? "" : ", ") + percent(share) + " " + name;
  }
  lines.emplace_back("time", spent);
  for (const CauseRecord& cause : record.causes) {
    if (cause.failures == 0) continue;
    lines.emplace_back("  " + std::to_string(cause.failures) + " times",
                       cause.name + ", " + to_text(cause.lost) + " lost");
  }
  return lines;
}

}  // namespace lockstep::sim
