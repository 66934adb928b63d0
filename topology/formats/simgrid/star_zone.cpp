#include "topology/formats/simgrid/star_zone.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "topology/formats/simgrid/listed_routes.hpp"

namespace lockstep::topology::simgrid {
namespace {

constexpr std::size_t most_shared_pairs = 1'000'000;

// A backbone lies between the junction where the links of the members end (outer) and the centre, where the router is.
// What comes from the router passes it the other way, to a junction of its own (inner), so that nobody finds a way
// around the backbone in the graph.
class StarRouting : public ZoneRouting {
 public:
  StarRouting(Wiring& wiring, const Star& star) : arms_(star.members.size()) {
    const auto core = std::find_if(star.members.begin(), star.members.end(),
                                   [](const StarMember& member) { return member.vertex && !member.arm; });
    const bool has_core_member = core != star.members.end();
    const VertexId centre = has_core_member ? *core->vertex : wiring.add_junction(star.zone + ": centre");
    VertexId outer = centre;
    VertexId inner = centre;
    if (star.backbone) {
      outer = wiring.add_junction(star.zone + ": backbone");
      to_centre_ = wiring.edge(*star.backbone, outer, centre);
    }
    if (star.backbone && has_core_member) {
      inner = wiring.add_junction(star.zone + ": backbone from centre");
      from_centre_ = wiring.edge(*star.backbone, centre, inner);
    }
    for (std::size_t rank = 0; rank < arms_.size(); ++rank) {
      if (star.members[rank].arm) arms_[rank] = wired(wiring, star.members[rank], {outer, centre, inner});
    }
    if (!star.passes_shared_links_twice) list_shared_links(wiring, star);
  }

  bool find(const ZoneTree&, const Netpoint& from, const Netpoint& to, LocalRoute& route) const override {
    if (from.kind == Netpoint::Kind::zone) return false;  // SimGrid knows no gateways in a star
    if (const auto* listed = listed_.find(from.rank, to.rank)) {
      const auto links = listed_.links(*listed);
      route.links.assign(links.begin(), links.end());
      return true;
    }
    const auto& up = arms_[from.rank];
    const auto& down = arms_[to.rank];
    auto& links = route.links;
    if (up && up->limited) links.push_back(up->limiter_out);
    if (up) links.push_back(up->up);
    if (up && to_centre_) links.push_back(*to_centre_);
    if (!up && down && from_centre_) links.push_back(*from_centre_);
    if (down) links.push_back(up ? down->down : down->down_from_centre);
    if (down && down->limited) links.push_back(down->limiter_in);
    return true;
  }

 private:
  struct WiredArm {
    bool limited = false;
    LinkId limiter_out, up, down, down_from_centre, limiter_in;
  };
  struct Hub {
    VertexId outer, centre, inner;
  };

  static WiredArm wired(Wiring& wiring, const StarMember& member, const Hub& hub) {
    WiredArm arm;
    const VertexId vertex = *member.vertex;
    VertexId end = vertex;
    if (member.arm->limiter) {
      arm.limited = true;
      end = wiring.add_junction(wiring.builder().vertex(vertex).name + ": limiter",
                                wiring.builder().vertex(vertex).place);
      arm.limiter_out = wiring.edge(*member.arm->limiter, vertex, end);
      arm.limiter_in = wiring.edge(*member.arm->limiter, end, vertex);
    }
    arm.up = wiring.edge(member.arm->cable.up, end, hub.outer);
    arm.down = wiring.edge(member.arm->cable.down, hub.centre, end);
    arm.down_from_centre = hub.inner == hub.centre ? arm.down : wiring.edge(member.arm->cable.down, hub.inner, end);
    return arm;
  }

  // Two members may be tied to one and the same link, which SimGrid passes once: such routes are direct.
  void list_shared_links(Wiring& wiring, const Star& star) {
    std::multimap<ChannelId, std::uint32_t> by_up_link;
    for (std::uint32_t rank = 0; rank < star.members.size(); ++rank) {
      if (star.members[rank].arm) by_up_link.emplace(star.members[rank].arm->cable.up, rank);
    }
    for (std::uint32_t to = 0; to < star.members.size(); ++to) {
      if (!star.members[to].arm) continue;
      const auto [first, last] = by_up_link.equal_range(star.members[to].arm->cable.down);
      for (auto sharer = first; sharer != last; ++sharer) {
        const auto [channel, from] = *sharer;
        if (from == to) continue;
        if (listed_.all().size() == most_shared_pairs) {
          throw InputError({.where = "zone '" + star.zone + "'",
                            .problem = "more than a million pairs of hosts share one link",
                            .suggestion = "give each host a link of its own and make the shared one the <backbone>"});
        }
        std::vector<ChannelId> channels{channel};
        if (star.backbone) channels.push_back(*star.backbone);
        listed_.add(from, to, wiring.path(star.zone, *star.members[from].vertex, *star.members[to].vertex, channels));
      }
    }
  }

  std::vector<std::optional<WiredArm>> arms_;
  std::optional<LinkId> to_centre_, from_centre_;
  ListedRoutes listed_;
};

}  // namespace

std::unique_ptr<const ZoneRouting> star_routing(Wiring& wiring, const Star& star) {
  return std::make_unique<StarRouting>(wiring, star);
}

}  // namespace lockstep::topology::simgrid
