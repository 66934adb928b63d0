#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "topology/fleet_builder.hpp"

namespace lockstep::topology::simgrid {

// A link in both directions; the same channel twice where both share it.
struct Cable {
  ChannelId up, down;
};

// SimGrid's links are resources without end points; the fleet's are edges that draw on them. This turns the one into
// the other: links by their names, and an edge for every place where a route uses one.
class Wiring {
 public:
  explicit Wiring(FleetBuilder& builder) : builder_(&builder) {}

  // A link of SimGrid under its name. Throws InputError when the name is taken.
  ChannelId add_link(Channel channel);
  // The two links ID_UP and ID_DOWN that SimGrid makes of a split-duplex link.
  Cable add_split_duplex(Channel channel);
  std::optional<ChannelId> find_link(const std::string& name) const;
  std::optional<Cable> find_split_duplex(const std::string& name) const;

  VertexId add_junction(std::string name, Place place = {});
  // The edge of these ends on this channel, made when it is first asked for.
  LinkId edge(ChannelId channel, VertexId from, VertexId to);
  // Edges from end to end that draw on the channels in order. Between two links of a zone lies one junction, whichever
  // route passes it and in whichever direction.
  std::vector<LinkId> path(const std::string& zone, VertexId from, VertexId to, std::span<const ChannelId> channels);

  FleetBuilder& builder() { return *builder_; }

 private:
  using Triple = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;
  struct TripleHash {
    std::size_t operator()(const Triple& triple) const noexcept;
  };
  VertexId junction_between(const std::string& zone, ChannelId a, ChannelId b);

  FleetBuilder* builder_;
  std::unordered_map<std::string, ChannelId> links_;
  std::unordered_map<std::string, Cable> split_duplexes_;
  std::unordered_map<Triple, LinkId, TripleHash> edges_;
  std::map<std::tuple<std::string, ChannelId, ChannelId>, VertexId> junctions_;
};

}  // namespace lockstep::topology::simgrid
