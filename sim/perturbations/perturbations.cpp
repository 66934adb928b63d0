#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/perturbations/kinds.hpp"
#include "sim/perturbations/perturbation.hpp"

namespace lockstep::sim {
namespace {

constexpr std::array table = {
    NamedEntry<PerturbationReader>{"slow_devices", "Devices compute more slowly: always, for a while, or periodically.",
                                   read_slow_devices},
    NamedEntry<PerturbationReader>{"compute_jitter", "Computations take a random factor of their time.",
                                   read_compute_jitter},
    NamedEntry<PerturbationReader>{"stall", "Devices stand still at random: garbage collection, daemons.", read_stall},
    NamedEntry<PerturbationReader>{"microbatch_jitter",
                                   "All work on a microbatch of a replica takes a random factor of its time.",
                                   read_microbatch_jitter},
    NamedEntry<PerturbationReader>{"sequence_lengths",
                                   "Attention goes by the lengths of the documents that sequences are packed with.",
                                   read_sequence_lengths},
    NamedEntry<PerturbationReader>{"hot_experts", "More tokens than its share go to one rank of each expert group.",
                                   read_hot_experts},
    NamedEntry<PerturbationReader>{"slow_links", "Links carry less: always, for a while, or periodically.",
                                   read_slow_links},
    NamedEntry<PerturbationReader>{"flapping_links", "Links go down at random and come back.", read_flapping_links},
    NamedEntry<PerturbationReader>{"link_jitter", "What links carry is drawn anew every so often.", read_link_jitter},
    NamedEntry<PerturbationReader>{"background_traffic", "Other people's traffic takes its share of links.",
                                   read_background_traffic},
    NamedEntry<PerturbationReader>{"failures", "Devices, nodes, racks or the whole job fail, and start again.",
                                   read_failures},
    NamedEntry<PerturbationReader>{"preemption", "The job has to give its devices away for a while.", read_preemption},
    NamedEntry<PerturbationReader>{"trace", "Recorded speeds of devices or links, from a file.", read_trace},
};

}  // namespace

std::span<const NamedEntry<PerturbationReader>> perturbation_kinds() {
  return table;
}

Perturbations Perturbations::read(const JsonFields& scenario, const PerturbationGround& ground) {
  Perturbations all;
  if (!scenario.has("perturbations")) return all;
  std::map<std::string, int> count;
  std::set<std::string> taken;
  for (const JsonFields& fields : scenario.objects("perturbations")) {
    const auto kind = fields.required<std::string>("kind");
    const auto& entry = find_entry(perturbation_kinds(), kind, "kind of perturbation", fields.where("kind"));
    // The second of a kind is told apart from the first, whatever else stands between them.
    const int number = ++count[kind];
    const auto name = fields.value_or<std::string>("name", number == 1 ? kind : kind + " " + std::to_string(number));
    if (!taken.insert(name).second) {
      fields.fail("name", "two perturbations are called '" + name + "', and their draws go by their names");
    }
    PerturbationGround named = ground;
    named.name = name;
    auto perturbation = entry.function(fields, named);
    if (perturbation != nullptr) all.named_.push_back({name, std::move(perturbation)});
    fields.reject_unknown();
  }
  return all;
}

bool Perturbations::are_random() const {
  return std::any_of(named_.begin(), named_.end(), [](const Named& one) { return one.perturbation->is_random(); });
}

std::vector<std::string> Perturbations::names() const {
  std::vector<std::string> names;
  for (const Named& one : named_) names.push_back(one.name);
  return names;
}

std::unique_ptr<Conditions> Perturbations::conditions(const topology::Fleet& fleet, std::uint64_t seed,
                                                      const RunChoice& choice) const {
  auto conditions = std::make_unique<Conditions>(fleet);
  bool is_disturbed = false;
  for (const Named& one : named_) {
    if (choice.healed.perturbations.contains(one.name)) continue;
    one.perturbation->disturb(*conditions, {.seed = seed, .replica = choice.replica, .name = one.name});
    is_disturbed = true;
  }
  for (const topology::VertexId device : choice.healed.devices) conditions->heal_device(device);
  for (const topology::ChannelId channel : choice.healed.channels) conditions->heal_channel(channel);
  return is_disturbed ? std::move(conditions) : nullptr;
}

}  // namespace lockstep::sim
