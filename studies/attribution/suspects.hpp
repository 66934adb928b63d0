#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/scenario.hpp"
#include "studies/attribution/seating.hpp"

namespace lockstep::studies {

// What time is blamed on.
enum class SuspectKind : std::uint8_t {
  cause,    // a perturbation, by its name
  stage,    // of a pipeline, in all replicas
  replica,  // data-parallel, all its stages
  worker,   // one stage of one replica
  node,
  device,
  link  // both directions between two vertices
};
std::string_view to_text(SuspectKind kind);

// Disturbed resources that can be healed together.
struct Suspect {
  SuspectKind kind = {};
  std::string name;
  std::vector<topology::VertexId> devices = {};    // in order, only those that something disturbs
  std::vector<topology::ChannelId> channels = {};  // the same
  std::optional<Seat> seat = {};                   // of a worker
};

// All that a run's perturbations touch, and what of it belongs together. What they do not touch is no suspect: healing
// it changes nothing.
class Suspects {
 public:
  explicit Suspects(const sim::Scenario& scenario);

  const std::vector<Suspect>& all() const { return all_; }
  // As if nothing disturbed it.
  sim::Healing healed(const Suspect& suspect) const;
  // As if nothing disturbed anything else.
  sim::Healing alone(const Suspect& suspect) const;
  sim::Healing all_healed() const;
  const std::vector<topology::ChannelId>& channels() const { return channels_; }

 private:
  void add_causes(const sim::Scenario& scenario);
  void add_seats(const sim::Job& job, const std::string& prefix);
  void add_nodes_and_devices(const topology::Fleet& fleet);
  void add_links(const topology::Fleet& fleet);
  // Unless it is without anything.
  void add(Suspect suspect);

  std::set<std::string> perturbations_;
  std::set<std::string> of_nobody_;          // those that no device or link is to blame for: tokens that crowd
  std::vector<topology::VertexId> devices_;  // that something disturbs
  std::vector<topology::ChannelId> channels_;
  std::vector<Suspect> all_;
};

}  // namespace lockstep::studies
