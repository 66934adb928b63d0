#include "topology/formats/simgrid/wiring.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace lockstep::topology::simgrid {

std::size_t Wiring::TripleHash::operator()(const Triple& triple) const noexcept {
  const auto& [a, b, c] = triple;
  std::uint64_t hash = (std::uint64_t{a} << 32 | b) * 0x9e3779b97f4a7c15ULL;
  hash = (hash ^ (hash >> 32) ^ c) * 0xd6e8feb86659fd93ULL;
  return hash ^ (hash >> 32);
}

ChannelId Wiring::add_link(Channel channel) {
  std::string name = channel.name;
  if (links_.contains(name)) throw InputError({.problem = "two links of the platform are called '" + name + "'"});
  const ChannelId id = builder_->add_channel(std::move(channel));
  links_.emplace(std::move(name), id);
  return id;
}

Cable Wiring::add_split_duplex(Channel channel) {
  Channel down = channel;
  const std::string name = channel.name;
  channel.name = name + "_UP";
  down.name = name + "_DOWN";
  const ChannelId up_id = add_link(std::move(channel));
  const Cable cable{up_id, add_link(std::move(down))};
  split_duplexes_.emplace(name, cable);
  return cable;
}

std::optional<ChannelId> Wiring::find_link(const std::string& name) const {
  const auto found = links_.find(name);
  return found == links_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Cable> Wiring::find_split_duplex(const std::string& name) const {
  const auto found = split_duplexes_.find(name);
  return found == split_duplexes_.end() ? std::nullopt : std::optional(found->second);
}

VertexId Wiring::add_junction(std::string name, Place place) {
  return builder_->add_vertex({.kind = VertexKind::junction, .name = std::move(name), .place = place});
}

LinkId Wiring::edge(ChannelId channel, VertexId from, VertexId to) {
  const auto [found, is_new] = edges_.try_emplace({channel.value(), from.value(), to.value()});
  if (is_new) found->second = builder_->add_link_on(channel, from, to);
  return found->second;
}

std::vector<LinkId> Wiring::path(const std::string& zone, VertexId from, VertexId to,
                                 std::span<const ChannelId> channels) {
  std::vector<LinkId> links;
  VertexId at = from;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const bool is_last = i + 1 == channels.size();
    const VertexId next = is_last ? to : junction_between(zone, channels[i], channels[i + 1]);
    links.push_back(edge(channels[i], at, next));
    at = next;
  }
  return links;
}

VertexId Wiring::junction_between(const std::string& zone, ChannelId a, ChannelId b) {
  const auto [found, is_new] = junctions_.try_emplace({zone, std::min(a, b), std::max(a, b)});
  if (is_new) {
    const auto& channels = builder_->parts().channels;
    const auto& [unused, first, second] = found->first;
    found->second = add_junction(zone + ": " + channels[first.value()].name + " | " + channels[second.value()].name);
  }
  return found->second;
}

}  // namespace lockstep::topology::simgrid
