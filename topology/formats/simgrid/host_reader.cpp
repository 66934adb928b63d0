#include "topology/formats/simgrid/draft.hpp"
#include "topology/formats/simgrid/platform_numbers.hpp"

// Hosts and links, and what stands beside them that a fleet cannot hold.
namespace lockstep::topology::simgrid {
namespace {

using Shortfall = Shortfalls::Kind;

void note_children(Draft& draft, const Element& element) {
  const std::string owner = "'" + element.required("id") + "'";
  for (const Element& child : element.children()) {
    if (child.tag() == "prop") {
      draft.shortfalls.note(Shortfall::property, "'" + child.required("id") + "' of " + owner);
    } else {
      draft.shortfalls.note(Shortfall::disk, "of " + owner);
    }
  }
}

void note_profiles(Draft& draft, const Element& element) {
  for (const char* attribute : {"speed_file", "availability_file", "state_file", "bandwidth_file", "latency_file"}) {
    if (element.has(attribute)) draft.shortfalls.note(Shortfall::profile, std::string(element.text(attribute)));
  }
}

// Wi-Fi has one medium for everything, which alone is a link there.
void read_air(Draft& draft, const Element& element, OpenZone& zone, Channel channel) {
  if (zone.medium) {
    element.fail("the Wi-Fi zone '" + zone.name + "' has a link already",
                 "its one link is the air between all stations");
  }
  draft.shortfalls.note(Shortfall::wifi, channel.name);
  zone.medium = draft.wiring.add_link(std::move(channel));
}

}  // namespace

void read_host(Draft& draft, const Element& element, OpenZone& zone) {
  const std::string name = element.required("id");
  const std::string speeds_text = element.required("speed");
  const auto speeds = split(speeds_text, ",");
  const std::uint32_t state = element.count("pstate", 0);
  if (state >= speeds.size()) {
    element.fail("pstate=\"" + std::to_string(state) + "\" asks for a speed that is not listed",
                 "pstates count from 0, and there are " + std::to_string(speeds.size()));
  }
  const std::uint32_t cores = element.count("core", 1);
  if (cores == 0) element.fail("a host needs at least one core");
  // SimGrid gives an execution one core; a device is one worker that uses all of them.
  const FlopRate compute = element.flop_rate("speed", speeds[state]) * cores;
  if (speeds.size() > 1) draft.shortfalls.note(Shortfall::pstates, name);
  if (cores > 1) draft.shortfalls.note(Shortfall::cores, name);
  note_profiles(draft, element);
  note_children(draft, element);
  const NetpointId id = draft.add_host(element, zone.id, name, compute, zone.place);
  zone.members.push_back({.vertex = draft.tree.netpoint(id).vertex});
  read_coordinates(draft, element, zone);
}

void read_link(Draft& draft, const Element& element, OpenZone& zone) {
  const std::string policy =
      element.choice("sharing_policy", {"SHARED", "SPLITDUPLEX", "FULLDUPLEX", "FATPIPE", "WIFI"});
  Channel channel{.bandwidth = element.bandwidth("bandwidth"),
                  .latency = element.has("latency") ? element.seconds("latency") : Seconds(0),
                  .kind = LinkKind::network,
                  .sharing = policy == "FATPIPE" ? Sharing::fat_pipe : Sharing::shared,
                  .name = element.required("id")};
  note_profiles(draft, element);
  note_children(draft, element);
  if (zone.kind == OpenZone::Kind::wifi) return read_air(draft, element, zone, std::move(channel));
  if (policy == "WIFI") draft.shortfalls.note(Shortfall::wifi, channel.name);
  if (policy == "SPLITDUPLEX" || policy == "FULLDUPLEX") {
    draft.wiring.add_split_duplex(std::move(channel));
  } else {
    draft.wiring.add_link(std::move(channel));
  }
}

bool read_what_is_left_out(Draft& draft, const Element& element) {
  const std::string_view tag = element.tag();
  if (tag == "include") {
    element.fail("<include> is not read: SimGrid dropped it in version 3.18",
                 "put the contents of the file in its place");
  }
  if (tag == "random" || tag == "model_prop") return true;  // SimGrid ignores them too
  if (tag == "trace") return draft.shortfalls.note(Shortfall::profile, element.required("id")), true;
  if (tag == "trace_connect") return true;  // its trace is counted
  if (tag == "storage" || tag == "storage_type")
    return draft.shortfalls.note(Shortfall::disk, element.required("id")), true;
  if (tag == "actor" || tag == "process")
    return draft.shortfalls.note(Shortfall::actor, element.required("function")), true;
  if (tag != "config") return false;
  for (const Element& setting : element.children()) draft.shortfalls.note(Shortfall::setting, setting.required("id"));
  return true;
}

}  // namespace lockstep::topology::simgrid
