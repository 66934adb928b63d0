#include "topology/formats/simgrid/listed_routes.hpp"

namespace lockstep::topology::simgrid {
namespace {

std::uint64_t key_of(std::uint32_t from, std::uint32_t to) {
  return std::uint64_t{from} << 32 | to;
}

}  // namespace

bool ListedRoutes::add(std::uint32_t from, std::uint32_t to, std::span<const LinkId> links,
                       std::optional<Gateways> gateways) {
  if (!by_ends_.try_emplace(key_of(from, to), static_cast<std::uint32_t>(routes_.size())).second) return false;
  const std::size_t begin = pool_.size();
  pool_.insert(pool_.end(), links.begin(), links.end());
  routes_.push_back({from, to, begin, pool_.size(), gateways});
  return true;
}

const ListedRoutes::Route* ListedRoutes::find(std::uint32_t from, std::uint32_t to) const {
  const auto found = by_ends_.find(key_of(from, to));
  return found == by_ends_.end() ? nullptr : &routes_[found->second];
}

}  // namespace lockstep::topology::simgrid
