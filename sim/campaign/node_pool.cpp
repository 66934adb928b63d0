#include "sim/campaign/node_pool.hpp"

#include <algorithm>

#include "base/contract.hpp"

namespace lockstep::sim {

NodePool::NodePool(std::uint32_t places, std::uint32_t spares) : nodes_(places), places_(places + spares) {
  for (Place place = 0; place < places; ++place) {
    nodes_[place] = place;
    places_[place] = place;
  }
  for (Node node = places; node < places + spares; ++node) spares_.push_back(node);
}

void NodePool::lose(Node node, std::optional<Seconds> back) {
  if (const auto place = places_[node]) {
    nodes_[*place].reset();
    places_[node].reset();
    ++missing_;
  } else {
    std::erase(spares_, node);
  }
  if (back) repairs_.emplace(back->si(), node);
}

std::vector<NodePool::Node> NodePool::take_back(Seconds now) {
  std::vector<Node> back;
  while (!repairs_.empty() && repairs_.begin()->first <= now.si()) {
    back.push_back(repairs_.begin()->second);
    spares_.push_back(repairs_.begin()->second);
    repairs_.erase(repairs_.begin());
  }
  return back;
}

std::optional<NodePool::Node> NodePool::fill(Place place) {
  LOCKSTEP_REQUIRE(!nodes_[place]);
  if (spares_.empty()) return std::nullopt;
  const Node node = spares_.front();
  spares_.erase(spares_.begin());
  nodes_[place] = node;
  places_[node] = place;
  --missing_;
  return node;
}

std::optional<Seconds> NodePool::next_back() const {
  if (repairs_.empty()) return std::nullopt;
  return Seconds(repairs_.begin()->first);
}

}  // namespace lockstep::sim
