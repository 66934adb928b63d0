#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/quantity.hpp"
#include "workloads/training/training_spec.hpp"

// Which ranks the tokens of an expert layer go to.
namespace lockstep::workloads {

// How many times the equal share a rank gets at most: all tokens there are, and no more than choose all of its experts
// at once. 1 where no experts are shared out.
double hottest(const TrainingSpec& spec);

// One pass of one microbatch through one expert layer of one expert group.
struct RoutedPass {
  std::uint32_t leader = 0;  // first member of the group
  std::uint16_t layer = 0;
  std::uint32_t microbatch = 0;
  friend auto operator<=>(const RoutedPass&, const RoutedPass&) = default;
};

class ExpertRouting {
 public:
  ExpertRouting(const TrainingSpec& spec, std::uint64_t seed);

  bool is_random() const { return kind_ == RoutingKind::random; }
  bool is_balanced() const { return kind_ == RoutingKind::balanced; }
  // Load of a member's experts, of what equal loads would be; where it is always the same.
  double steady_load(std::uint32_t member) const;
  // The same of one pass.
  double load(const RoutedPass& pass, std::uint32_t member) const;
  // What each member sends each: from member s to member d at s * members + d; `bytes` is what every member sends.
  std::vector<Bytes> sizes(const RoutedPass& pass, Bytes bytes) const;

 private:
  using Shares = std::vector<double>;  // of what s sends, the part that goes to d, at s * members + d
  const Shares& shares(const RoutedPass& pass) const;
  Shares draw(const RoutedPass& pass) const;

  RoutingKind kind_;
  double factor_;
  std::uint32_t members_;
  std::uint64_t slots_ = 1;  // copies of tokens that a member sends to experts in a pass
  std::uint64_t seed_;
  mutable std::map<RoutedPass, Shares> drawn_;  // of passes that are under way
};

}  // namespace lockstep::workloads
