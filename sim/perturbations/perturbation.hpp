#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/json_fields.hpp"
#include "base/named_table.hpp"
#include "sim/perturbations/conditions.hpp"
#include "sim/timeline.hpp"

// What a scenario says of disturbances. Each kind is one file in this folder and one line of the table in
// perturbations.cpp.
namespace lockstep::sim {

// Where draws come from: each perturbation has streams of its own, so that one more changes nothing of the others.
struct RunDraws {
  std::uint64_t seed = 0;
  std::uint64_t replica = 0;
  std::string name = {};  // of the perturbation

  template <class... Index>
  RandomStream stream(const std::string& purpose, std::uint64_t index = 0, Index... more) const {
    return {seed, "perturbations/" + name + "/" + purpose, {replica, index, std::uint64_t{more}...}};
  }
};

struct CampaignSpec;

class Perturbation {
 public:
  virtual ~Perturbation() = default;
  // Adds what happens in one run.
  virtual void disturb(Conditions& conditions, const RunDraws& draws) const = 0;
  // Whether anything of it is drawn, so that replicas differ.
  virtual bool is_random() const { return true; }
};

// What is as if nothing disturbed it, while everything else draws what it would draw anyway.
struct Healing {
  std::set<std::string> perturbations = {};  // by name
  std::vector<topology::VertexId> devices = {};
  std::vector<topology::ChannelId> channels = {};
};

// Which of the runs of a scenario.
struct RunChoice {
  std::uint64_t replica = 0;
  Healing healed = {};
};

// What a perturbation is read for.
struct PerturbationGround {
  const topology::Fleet& fleet;
  std::span<const Job> jobs = {};    // one of each workload; those of further steps are numbered on in this order
  std::string directory = ".";       // that file names start from
  CampaignSpec* campaign = nullptr;  // what is said of failures goes there
  std::string name = {};             // of the perturbation
};
// Null where it is about failures, and leaves steps as they are.
using PerturbationReader = std::unique_ptr<Perturbation> (*)(const JsonFields& fields,
                                                             const PerturbationGround& ground);
std::span<const NamedEntry<PerturbationReader>> perturbation_kinds();

// All perturbations of a scenario, in the order in which they are stated.
class Perturbations {
 public:
  // Reads the list "perturbations" of a scenario; empty where there is none. Throws InputError. The fleet must outlive
  // the result. What is said of failures goes to the campaign of the ground, and is no part of the result.
  static Perturbations read(const JsonFields& scenario, const PerturbationGround& ground);

  bool empty() const { return named_.empty(); }
  bool are_random() const;
  std::vector<std::string> names() const;
  // Of one run; null where nothing disturbs it.
  std::unique_ptr<Conditions> conditions(const topology::Fleet& fleet, std::uint64_t seed,
                                         const RunChoice& choice = {}) const;

 private:
  struct Named {
    std::string name;
    std::shared_ptr<const Perturbation> perturbation;
  };
  std::vector<Named> named_;
};

}  // namespace lockstep::sim
