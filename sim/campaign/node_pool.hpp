#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/quantity.hpp"

namespace lockstep::sim {

// The nodes of a campaign: those that stand in the places of the job, spare ones, and those under repair.
class NodePool {
 public:
  using Node = std::uint32_t;
  using Place = std::uint32_t;

  NodePool(std::uint32_t places, std::uint32_t spares);

  std::optional<Node> at(Place place) const { return nodes_[place]; }
  std::optional<Place> place_of(Node node) const { return places_[node]; }
  const std::vector<Node>& spares() const { return spares_; }
  std::uint32_t missing() const { return missing_; }

  // The node is gone until then, or for good.
  void lose(Node node, std::optional<Seconds> back);
  // Nodes whose repair is over become spares.
  std::vector<Node> take_back(Seconds now);
  // A spare node, where there is one, takes the empty place.
  std::optional<Node> fill(Place place);
  // When the next one is back; none where none is under repair.
  std::optional<Seconds> next_back() const;

 private:
  std::vector<std::optional<Node>> nodes_;    // of each place
  std::vector<std::optional<Place>> places_;  // of each node
  std::vector<Node> spares_;                  // in the order in which they take over
  std::multimap<double, Node> repairs_;       // by the times when they are over
  std::uint32_t missing_ = 0;
};

}  // namespace lockstep::sim
