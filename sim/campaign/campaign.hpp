#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "sim/campaign/campaign_spec.hpp"
#include "sim/campaign/step_times.hpp"

namespace lockstep::sim {

// What a campaign runs on: places for nodes, and what depends on each.
struct CampaignGround {
  std::uint32_t devices_of_node = 1;
  std::vector<std::uint32_t> rack_of_place = {0};
  std::vector<std::vector<std::uint32_t>> replicas_of_place = {{}};  // that need the place
  std::uint32_t replicas = 1;

  std::uint32_t places() const { return static_cast<std::uint32_t>(rack_of_place.size()); }
  std::uint32_t devices() const { return places() * devices_of_node; }
  std::uint32_t racks() const;
};

// How many of them a job has.
double units_of(FailureScope scope, const CampaignGround& ground);

// When it is over: after so many steps, or at that time.
struct CampaignGoal {
  double steps = std::numeric_limits<double>::infinity();
  Seconds time = Seconds(std::numeric_limits<double>::infinity());
};

struct CampaignDraws {
  std::uint64_t seed = 0;
  std::uint64_t replica = 0;
};

// What the time went into. The parts add up to all of it.
struct CampaignTime {
  Seconds productive;  // steps that count
  Seconds checkpoint;  // saving, and waiting for it
  Seconds lost;        // steps and writes that failures undid
  Seconds detect;
  Seconds waiting;  // for nodes to be repaired or given back
  Seconds restart;
  Seconds load;
  Seconds rewarm;
  Seconds unfinished;  // what was under way at the end

  Seconds total() const {
    return productive + checkpoint + lost + detect + waiting + restart + load + rewarm + unfinished;
  }
};

struct CauseRecord {
  std::string name;
  std::uint64_t failures = 0;
  Seconds lost = {};  // all that would not have been without them
};

struct CampaignRecord {
  double steps = 0;  // that count, as many as those of the whole job
  bool is_finished = true;
  std::string reason = {};  // why it is not
  CampaignTime time = {};
  std::vector<CauseRecord> causes = {};
  std::uint64_t failures = 0;     // that stopped the job
  std::uint64_t checkpoints = 0;  // written
  Seconds mean_interval = {};     // work between them
  Seconds write = {};
  Seconds load = {};
  Seconds on_fewer = {};     // in steps on fewer replicas, those that were lost later too
  std::uint64_t events = 0;  // stretches that were looked at
};

// Runs through a campaign from event to event: steps in bulk, as long as nothing changes, and whatever interrupts them.
CampaignRecord run_campaign(const CampaignSpec& spec, const CampaignGround& ground, const CampaignGoal& goal,
                            StepTimes& times, const CampaignDraws& draws);

}  // namespace lockstep::sim
