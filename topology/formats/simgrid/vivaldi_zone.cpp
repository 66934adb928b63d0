#include "topology/formats/simgrid/vivaldi_zone.hpp"

#include <algorithm>
#include <cmath>

#include "topology/formats/simgrid/listed_routes.hpp"

namespace lockstep::topology::simgrid {
namespace {

// VivaldiZone::get_local_route of SimGrid 3.32.
Seconds latency_between(const Coordinates& a, const Coordinates& b) {
  const double plane = std::sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y));
  return Seconds((plane + std::abs(a.height) + std::abs(b.height)) / 1000);
}

struct Peer {
  std::uint32_t rank;
  const StarMember* member;
  Coordinates coordinates;
  VertexId exit;  // where its own links end
};

class VivaldiRouting : public ZoneRouting {
 public:
  VivaldiRouting(Wiring& wiring, const std::string& zone, std::span<const StarMember> members,
                 std::span<const std::optional<Coordinates>> coordinates) {
    std::vector<Peer> peers;
    Bandwidth widest(1);
    for (std::uint32_t rank = 0; rank < members.size(); ++rank) {
      const StarMember& member = members[rank];
      if (!member.vertex || !coordinates[rank]) continue;
      const std::string& name = wiring.builder().vertex(*member.vertex).name;
      const VertexId exit =
          member.arm ? wiring.add_junction(std::string(zone).append(": ").append(name)) : *member.vertex;
      peers.push_back({rank, &member, *coordinates[rank], exit});
      if (!member.arm) continue;
      const auto& channels = wiring.builder().parts().channels;
      for (const ChannelId own : {member.arm->cable.up, member.arm->cable.down}) {
        widest = std::max(widest, channels[own.value()].bandwidth);
      }
    }
    for (auto a = peers.begin(); a != peers.end(); ++a) {
      for (auto b = a + 1; b != peers.end(); ++b) join(wiring, zone, *a, *b, widest);
    }
  }

  bool find(const ZoneTree&, const Netpoint& from, const Netpoint& to, LocalRoute& route) const override {
    const auto* listed = from.kind == Netpoint::Kind::zone ? nullptr : routes_.find(from.rank, to.rank);
    if (listed == nullptr) return false;
    const auto links = routes_.links(*listed);
    route.links.assign(links.begin(), links.end());
    return true;
  }

 private:
  void join(Wiring& wiring, const std::string& zone, const Peer& a, const Peer& b, Bandwidth widest) {
    const auto name = [&](const Peer& peer) { return wiring.builder().vertex(*peer.member->vertex).name; };
    const ChannelId distance = wiring.add_link({.bandwidth = widest,
                                                .latency = latency_between(a.coordinates, b.coordinates),
                                                .kind = LinkKind::network,
                                                .sharing = Sharing::fat_pipe,
                                                .name = zone + ": " + name(a) + " to " + name(b)});
    list(wiring, a, b, distance);
    list(wiring, b, a, distance);
  }

  void list(Wiring& wiring, const Peer& from, const Peer& to, ChannelId distance) {
    std::vector<LinkId> links;
    if (from.member->arm) links.push_back(wiring.edge(from.member->arm->cable.up, *from.member->vertex, from.exit));
    links.push_back(wiring.edge(distance, from.exit, to.exit));
    if (to.member->arm) links.push_back(wiring.edge(to.member->arm->cable.down, to.exit, *to.member->vertex));
    routes_.add(from.rank, to.rank, links);
  }

  ListedRoutes routes_;
};

}  // namespace

std::unique_ptr<const ZoneRouting> vivaldi_routing(Wiring& wiring, const std::string& zone,
                                                   std::span<const StarMember> members,
                                                   std::span<const std::optional<Coordinates>> coordinates) {
  return std::make_unique<VivaldiRouting>(wiring, zone, members, coordinates);
}

}  // namespace lockstep::topology::simgrid
