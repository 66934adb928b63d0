#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "topology/fleet_builder.hpp"

namespace lockstep::topology::simgrid {

// What a platform says and a fleet cannot hold; one warning for each kind, however often it occurs.
class Shortfalls {
 public:
  enum class Kind : std::uint8_t {
    profile,
    disk,
    pstates,
    cores,
    wifi,
    property,
    coordinates,
    distance,
    setting,
    actor,
    loopback,
    shared_fat_pipe,
    surplus_hosts,
    floyd_ties,
    no_routing,
    free_steps
  };
  // `example` names the first thing concerned.
  void note(Kind kind, const std::string& example);
  void tell(FleetBuilder& builder) const;

 private:
  struct Noted {
    std::size_t count = 0;
    std::string example = {};
  };
  std::map<Kind, Noted> noted_;
};

}  // namespace lockstep::topology::simgrid
