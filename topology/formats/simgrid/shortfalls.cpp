#include "topology/formats/simgrid/shortfalls.hpp"

namespace lockstep::topology::simgrid {
namespace {

const char* sentence_of(Shortfalls::Kind kind) {
  using Kind = Shortfalls::Kind;
  switch (kind) {
    case Kind::profile:
      return "profiles of speeds, bandwidths, latencies or states are left out: a fleet does not change over time";
    case Kind::disk:
      return "disks are left out";
    case Kind::pstates:
      return "hosts list several speeds (p-states) and keep the one that they start with";
    case Kind::cores:
      return "hosts have several cores, and a device is as fast as all of its cores together";
    case Kind::wifi:
      return "Wi-Fi links are taken as shared links of their first rate";
    case Kind::property:
      return "properties (<prop>) are left out";
    case Kind::coordinates:
      return "coordinates outside Vivaldi zones are left out";
    case Kind::distance:
      return "Vivaldi zones have so many peers that the latencies between their coordinates are left out";
    case Kind::setting:
      return "settings of SimGrid itself (<config>) are left out";
    case Kind::actor:
      return "actors are left out: they belong to an application";
    case Kind::loopback:
      return "links or routes from a host to itself are left out: a fleet has none";
    case Kind::shared_fat_pipe:
      return "clusters ask for FATPIPE links, which SimGrid 3.32 shares all the same, and so does the fleet";
    case Kind::surplus_hosts:
      return "clusters list more hosts than their topo_parameters have room for; as in SimGrid, the rest is left out";
    case Kind::floyd_ties:
      return "Floyd zones are so large that among equally short routes SimGrid may choose others";
    case Kind::no_routing:
      return "zones have no routing: their members do not reach each other";
    case Kind::free_steps:
      return "zones leave steps between their members without a link; as in SimGrid, routes take them for free";
  }
  return "";
}

}  // namespace

void Shortfalls::note(Kind kind, const std::string& example) {
  Noted& noted = noted_[kind];
  if (noted.count++ == 0) noted.example = example;
}

void Shortfalls::tell(FleetBuilder& builder) const {
  for (const auto& [kind, noted] : noted_) {
    builder.warn(std::string(sentence_of(kind)) + " (" + std::to_string(noted.count) +
                 (noted.count == 1 ? ": " : ", the first: ") + noted.example + ")");
  }
}

}  // namespace lockstep::topology::simgrid
