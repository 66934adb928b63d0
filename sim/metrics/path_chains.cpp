#include "sim/metrics/path_chains.hpp"

#include <algorithm>

namespace lockstep::sim {

void PathChains::drop(Chain chain) {
  while (chain != beginning && --nodes_[chain].holders == 0) {
    free_.push_back(chain);
    chain = nodes_[chain].before;
  }
}

PathChains::Chain PathChains::take(const Node& node) {
  if (free_.empty()) {
    nodes_.push_back(node);
    return static_cast<Chain>(nodes_.size() - 1);
  }
  const Chain chain = free_.back();
  free_.pop_back();
  nodes_[chain] = node;
  return chain;
}

PathChains::Chain PathChains::extended(Chain chain, const PathStep& step) {
  if (step.end <= end(chain)) return hold(chain);
  if (chain == beginning) return take({.step = step});
  const Node last = nodes_[chain];
  const bool goes_on = last.step.what == step.what && last.step.rank == step.rank && last.step.stream == step.stream &&
                       last.step.label.phase == step.label.phase && last.step.kind == step.kind &&
                       step.what != PathWhat::message;
  if (!goes_on) return take({.step = step, .before = hold(chain)});
  // Others may hold the shorter one.
  Node longer{.step = step, .before = hold(last.before)};
  longer.step.operations = last.step.operations + step.operations;
  return take(longer);
}

std::vector<PathStep> PathChains::steps(Chain chain) const {
  std::vector<PathStep> steps;
  for (; chain != beginning; chain = nodes_[chain].before) {
    steps.push_back(nodes_[chain].step);
    steps.back().start = end(nodes_[chain].before);
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

}  // namespace lockstep::sim
