#include "sim/campaign/scenario_campaign.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace lockstep::sim {
namespace {

// Devices that the fleet puts into no node stand alone.
struct Nodes {
  std::vector<std::uint32_t> place_of_rank;
  std::vector<std::uint32_t> rack_of_place;
};

Nodes nodes_of(const topology::Fleet& fleet, const std::vector<topology::VertexId>& devices) {
  Nodes nodes;
  std::map<std::uint32_t, std::uint32_t> known;
  std::map<std::optional<std::uint32_t>, std::uint32_t> racks;
  for (const topology::VertexId device : devices) {
    const topology::Place& where = fleet.vertex(device).place;
    const auto next = static_cast<std::uint32_t>(nodes.rack_of_place.size());
    const std::uint32_t place = where.node ? known.try_emplace(*where.node, next).first->second : next;
    nodes.place_of_rank.push_back(place);
    if (place < next) continue;
    const auto rack = static_cast<std::uint32_t>(racks.size());
    nodes.rack_of_place.push_back(racks.try_emplace(where.rack, rack).first->second);
  }
  return nodes;
}

}  // namespace

CampaignGround ground_of(const Scenario& scenario) {
  const Workload& workload = *scenario.workloads().front();
  const std::vector<topology::VertexId> devices = workload.job().placement;
  const Nodes nodes = nodes_of(scenario.fleet(), devices);
  const std::vector<std::uint32_t> replicas = workload.replica_of_rank();
  CampaignGround ground{.rack_of_place = nodes.rack_of_place};
  const std::size_t places = nodes.rack_of_place.size();
  ground.devices_of_node = static_cast<std::uint32_t>((devices.size() + places - 1) / places);
  std::vector<std::set<std::uint32_t>> needing(places);
  for (std::size_t rank = 0; rank < devices.size(); ++rank) {
    needing[nodes.place_of_rank[rank]].insert(replicas.empty() ? 0 : replicas[rank]);
  }
  ground.replicas_of_place.clear();
  for (const auto& place : needing) ground.replicas_of_place.emplace_back(place.begin(), place.end());
  if (!replicas.empty()) ground.replicas = 1 + *std::max_element(replicas.begin(), replicas.end());
  return ground;
}

void check_campaign(const Scenario& scenario, const JsonFields& fields) {
  if (scenario.workloads().size() != 1) {
    fields.fail("workloads", "a run with failures, checkpoints or a duration has one workload",
                "give each of them a scenario of its own");
  }
  const auto& checkpoint = scenario.campaign().checkpoint;
  if (checkpoint && checkpoint->interval != IntervalRule::never && !checkpoint->write) {
    checkpoint_of(scenario, workloads::CheckpointDirection::save);
  }
  const auto placement = scenario.workloads().front()->job().placement;
  const bool has_racks = std::all_of(placement.begin(), placement.end(), [&](topology::VertexId device) {
    return scenario.fleet().vertex(device).place.rack.has_value();
  });
  for (const FailureCause& cause : scenario.campaign().causes) {
    if (cause.scope != FailureScope::rack || has_racks) continue;
    fields.fail("perturbations", "'" + cause.name + "' is of racks, and the fleet does not say which racks there are",
                "\"of\": \"node\", or a fleet that has racks; `lockstep fleet` lists how devices stand");
  }
  const auto& least = scenario.campaign().least_replicas;
  if (!least) return;
  const std::uint32_t replicas = ground_of(scenario).replicas;
  if (*least >= replicas) {
    fields.fail("perturbations",
                "of " + std::to_string(replicas) + " replicas the job cannot go on with " + std::to_string(*least) +
                    " when some are lost",
                "\"least_replicas\" counts those that are left: it lies below the plan's \"data\"");
  }
}

std::vector<Json> smaller_documents(const Scenario& scenario, const JsonFields& fields) {
  const auto& least = scenario.campaign().least_replicas;
  if (!least) return {};
  constexpr std::uint32_t most = 64;
  const Workload& workload = *scenario.workloads().front();
  const std::vector<std::uint32_t> replica = workload.replica_of_rank();
  const std::uint32_t replicas = 1 + *std::max_element(replica.begin(), replica.end());
  if (replicas - *least > most) {
    fields.fail("perturbations", "a job may go on without at most " + std::to_string(most) + " of its replicas",
                "raise \"least_replicas\" to " + std::to_string(replicas - most));
  }
  std::vector<Json> documents;
  for (std::uint32_t left = replicas - 1; left >= *least; --left) {
    Json document = scenario.as_run();
    document["run"] = {{"seed", scenario.seed()}};
    Json& own = document["workload"];
    own["global_batch"] = own["global_batch"].get<std::uint64_t>() / replicas * left;
    own["parallel"]["data"] = left;
    own["devices"] = Json::array();
    std::vector<topology::VertexId> devices = workload.job().placement;
    for (std::size_t rank = 0; rank < replica.size(); ++rank) {
      if (replica[rank] < left) own["devices"].push_back(scenario.fleet().vertex(devices[rank]).name);
    }
    std::erase_if(document["perturbations"].get_ref<Json::array_t&>(), [](const Json& perturbation) {
      return perturbation["kind"] == "failures" || perturbation["kind"] == "preemption";
    });
    documents.push_back(std::move(document));
  }
  return documents;
}

bool needs_first_step_alone(const Scenario& scenario) {
  const auto& checkpoint = scenario.campaign().checkpoint;
  const bool is_write_known = !checkpoint || checkpoint->interval == IntervalRule::never || checkpoint->write;
  return scenario.perturbations().empty() && scenario.smaller().empty() && is_write_known;
}

SimulatedSteps steps_of(const Scenario& scenario, const RunChoice& choice) {
  std::vector<const Scenario*> by_lost = {&scenario};
  for (const auto& smaller : scenario.smaller()) by_lost.push_back(smaller.get());
  return {std::move(by_lost), choice};
}

CampaignOutcome run_campaign(const Scenario& scenario, const CampaignSpec& spec, SimulatedSteps& steps,
                             const RunChoice& choice) {
  CampaignGoal goal;
  if (scenario.run().duration) {
    goal.time = *scenario.run().duration;
  } else {
    goal.steps = static_cast<double>(scenario.run().steps);
  }
  CampaignOutcome outcome{.record = run_campaign(spec, ground_of(scenario), goal, steps,
                                                 {.seed = scenario.seed(), .replica = choice.replica}),
                          .devices = static_cast<std::uint32_t>(scenario.workloads().front()->job().placement.size()),
                          .undisturbed_step = steps.undisturbed()};
  outcome.simulated_steps = steps.simulated();
  outcome.draws_steps = steps.draws_steps();
  return outcome;
}

CampaignOutcome run_campaign(const Scenario& scenario, const RunChoice& choice, std::optional<Seconds> first_step) {
  SimulatedSteps steps = steps_of(scenario, choice);
  if (first_step) steps.know(*first_step);
  return run_campaign(scenario, scenario.campaign(), steps, choice);
}

}  // namespace lockstep::sim
