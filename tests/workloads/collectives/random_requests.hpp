#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/random_stream.hpp"
#include "tests/workloads/collectives/listed_plan.hpp"

namespace lockstep::workloads::testing {

// The algorithms that do the same whatever network they run on.
inline std::vector<std::string> plain_algorithms() {
  return {"ring",   "tree",     "chain", "binary_tree", "double_tree",       "recursive_doubling", "halving_doubling",
          "direct", "pairwise", "bruck", "pat",         "scatter_all_gather"};
}

inline const CollectiveAlgorithm& algorithm_named(const std::string& name) {
  for (const CollectiveAlgorithm& algorithm : collective_algorithms()) {
    if (algorithm.name == name) return algorithm;
  }
  throw std::logic_error("no algorithm " + name);
}

inline bool understands(const CollectiveAlgorithm& algorithm, CollectiveOption option) {
  return std::find(algorithm.options.begin(), algorithm.options.end(), option) != algorithm.options.end();
}

inline bool has_root(Operation operation) {
  return operation == Operation::broadcast || operation == Operation::reduce || operation == Operation::gather ||
         operation == Operation::scatter;
}

// Asks the algorithm for the operation, in whatever way it understands.
inline CollectiveRequest random_request(RandomStream& random, const std::string& name, Operation operation,
                                        std::uint32_t members) {
  const CollectiveAlgorithm& algorithm = algorithm_named(name);
  CollectiveRequest request;
  request.operation = operation;
  request.algorithm = name;
  // From less than a byte for each member to what is not aggregated any more.
  const double elements = 1.0 + static_cast<double>(random.below(std::uint64_t{1} << random.below(30)));
  request.bytes = Bytes(4 * elements);
  if (operation == Operation::all_to_all_v) {
    for (std::uint32_t i = 0; i < members * members; ++i) {
      request.sizes.emplace_back(random.below(3) == 0 ? 0.0 : static_cast<double>(random.below(1000)));
    }
  } else if (random.below(2) == 0) {
    request.element = Bytes(4);
  }
  if (has_root(operation)) request.root = RankId(random.below(members));
  if (understands(algorithm, CollectiveOption::segments)) {
    request.segments = static_cast<std::uint32_t>(1 + random.below(5));
  }
  if (understands(algorithm, CollectiveOption::channels)) {
    request.channels = static_cast<std::uint32_t>(1 + random.below(3));
  }
  if (understands(algorithm, CollectiveOption::direction)) {
    request.direction = static_cast<Direction>(random.below(3));
  }
  return request;
}

inline std::string describe(const CollectiveRequest& request, std::uint32_t members) {
  return std::string(to_text(request.operation)) + " by " + request.algorithm + " of " +
         std::to_string(request.bytes.si()) + " B among " + std::to_string(members) + ", root " +
         std::to_string(request.root.value()) + ", segments " + std::to_string(request.segments) + ", channels " +
         std::to_string(request.channels) + (request.element ? ", whole elements" : "");
}

}  // namespace lockstep::workloads::testing
