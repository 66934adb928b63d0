#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.hpp"
#include "base/strong_id.hpp"

// The nouns that fleets are made of.
namespace lockstep::topology {

using VertexId = StrongId<struct VertexTag>;
using LinkId = StrongId<struct LinkTag>;
using ChannelId = StrongId<struct ChannelTag>;
using DeviceId = StrongId<struct DeviceTag>;  // the n-th vertex of kind `device`
using DeviceModelId = StrongId<struct DeviceModelTag>;

// A fleet has at most so many vertices and links: larger ones are refused instead of exhausting the machine's memory.
inline constexpr std::size_t most_vertices = 2'000'000;
inline constexpr std::size_t most_links = 8'000'000;

// A device computes and is where ranks run; everything else only forwards. A junction is a point that the graph of an
// imported platform needs and that no machine corresponds to.
enum class VertexKind : std::uint8_t { device, nic, network_switch, host, pci, storage, junction };

enum class LinkKind : std::uint8_t { generic, nvlink, pcie, network, host_bus, optical };

// Where a vertex stands; absent where the fleet says nothing of that level.
struct Place {
  std::optional<std::uint32_t> node = {};
  std::optional<std::uint32_t> rack = {};
  std::optional<std::uint32_t> pod = {};
  friend bool operator==(const Place&, const Place&) = default;
};

// What a device can do; absent figures are only needed by workloads that state flops or memory.
struct DeviceModel {
  std::string name = {};
  std::optional<FlopRate> compute = {};
  std::optional<Bytes> memory = {};
  std::optional<Bandwidth> memory_bandwidth = {};
  friend bool operator==(const DeviceModel&, const DeviceModel&) = default;
};

struct Vertex {
  VertexKind kind = VertexKind::device;
  std::string name;  // unique in its fleet
  Place place = {};
  std::uint8_t level = 0;                  // tier in a tree of switches: 0 for end points, 1 for their switches, …
  std::optional<std::uint16_t> rail = {};  // of a NIC: which rail it is cabled to
  DeviceModelId model = {};                // of a device
  friend bool operator==(const Vertex&, const Vertex&) = default;
};

// What a cable or a link can carry.
struct LinkProperties {
  Bandwidth bandwidth = {};
  Seconds latency = {};
  LinkKind kind = LinkKind::generic;
  friend bool operator==(const LinkProperties&, const LinkProperties&) = default;
};

// How flows share a channel: max-min fairly, or each with the whole bandwidth (SimGrid's FATPIPE).
enum class Sharing : std::uint8_t { shared, fat_pipe };

// The capacity that links draw on. A full-duplex cable is two links with a channel each; a half-duplex one is two links
// on one channel; a platform whose routes reuse a link in several places has several links on one channel.
struct Channel {
  Bandwidth bandwidth;
  Seconds latency;
  LinkKind kind = LinkKind::generic;
  Sharing sharing = Sharing::shared;
  std::string name = {};  // empty: named after its first link, "from->to"
  friend bool operator==(const Channel&, const Channel&) = default;
};

// A directed edge of the fleet's graph.
struct Link {
  VertexId from;
  VertexId to;
  ChannelId channel;
  friend bool operator==(const Link&, const Link&) = default;
};

// Tells apart the flows between one pair of devices, so that ECMP can spread them.
using FlowLabel = std::uint64_t;

// How routes are found; plain data, so that every file format can carry it.
struct RoutingSpec {
  enum class Kind : std::uint8_t {
    shortest_path,    // fewest links; ties go to the first link in the fleet's order
    ecmp,             // fewest links; ties by a hash of source, destination and flow label at each hop
    dimension_order,  // coordinate after coordinate, the shorter way round
    up_down,          // up to the first common switch, then down; ties by the digits of the destination (D-mod-k)
    rail,             // inside nodes by shortest path, between nodes through the NICs of one rail
    table             // explicit routes that came with an imported platform
  };
  // Where devices of different rails meet: over the node's own links before leaving it (NCCL's PXN), or in the spine.
  enum class CrossRail : std::uint8_t { node, spine };

  Kind kind = Kind::shortest_path;
  std::vector<std::uint32_t> dimensions = {};  // of dimension_order
  std::vector<bool> wrap = {};                 // of dimension_order, one a dimension
  CrossRail cross_rail = CrossRail::node;      // of rail
  std::optional<Kind> fabric = {};             // of rail: how the fabric between NICs routes; up_down by default
  std::vector<std::uint32_t> fabric_dimensions = {};
  std::vector<bool> fabric_wrap = {};
  std::uint64_t seed = 0;  // of the ECMP hash
  friend bool operator==(const RoutingSpec&, const RoutingSpec&) = default;
};

// Names as files and users write them.
const char* to_text(VertexKind kind);
const char* to_text(LinkKind kind);
const char* to_text(RoutingSpec::Kind kind);
const char* to_text(RoutingSpec::CrossRail cross_rail);
VertexKind vertex_kind_from(const std::string& name, const std::string& where);
LinkKind link_kind_from(const std::string& name, const std::string& where);
RoutingSpec::Kind routing_kind_from(const std::string& name, const std::string& where);
RoutingSpec::CrossRail cross_rail_from(const std::string& name, const std::string& where);

}  // namespace lockstep::topology
