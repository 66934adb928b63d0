#include "workloads/training/expert_routing.hpp"

#include <algorithm>
#include <bit>

#include "base/random_stream.hpp"

namespace lockstep::workloads {
namespace {

// How many of `count` fair coins show heads.
std::uint64_t heads(RandomStream& random, std::uint64_t count) {
  std::uint64_t sum = 0;
  for (; count >= 64; count -= 64) sum += static_cast<std::uint64_t>(std::popcount(random()));
  if (count == 0) return sum;
  return sum + static_cast<std::uint64_t>(std::popcount(random() >> (64 - count)));
}

// How many of `count` trials succeed, each with the chance part/whole. Every trial compares a random binary fraction
// with the chance, digit by digit; only those that are equal so far go on, half of them at each digit. It takes whole
// numbers alone, so that every machine draws the same.
std::uint64_t successes(RandomStream& random, std::uint64_t count, std::uint64_t part, std::uint64_t whole) {
  if (part >= whole) return count;
  std::uint64_t sum = 0;
  std::uint64_t rest = part;
  while (count > 0 && rest > 0) {
    rest *= 2;
    const std::uint64_t ones = heads(random, count);
    if (rest >= whole) {
      rest -= whole;
      sum += count - ones;
      count = ones;
    } else {
      count -= ones;
    }
  }
  return sum;
}

// Shares out `count` among the members [first, end), each as likely as any other, half by half.
void share_out(RandomStream& random, std::uint64_t count, std::uint32_t first, std::uint32_t end,
               std::vector<std::uint64_t>& counts) {
  if (end - first == 1) {
    counts[first] = count;
    return;
  }
  const std::uint32_t middle = first + (end - first) / 2;
  const std::uint64_t left = successes(random, count, middle - first, end - first);
  share_out(random, left, first, middle, counts);
  share_out(random, count - left, middle, end, counts);
}

}  // namespace

double hottest(const TrainingSpec& spec) {
  const auto* transformer = std::get_if<TransformerModel>(&spec.model);
  const double ranks = spec.execution.plan.expert;
  if (transformer == nullptr || !transformer->experts || ranks == 1) return 1;
  const double experts_here = static_cast<double>(transformer->experts->count) / ranks;
  return ranks * std::min(1.0, experts_here / static_cast<double>(transformer->experts->active));
}

ExpertRouting::ExpertRouting(const TrainingSpec& spec, std::uint64_t seed)
    : kind_(spec.routing.kind), factor_(spec.routing.factor), members_(spec.execution.plan.expert), seed_(seed) {
  const auto* transformer = std::get_if<TransformerModel>(&spec.model);
  if (transformer == nullptr || !transformer->experts || members_ == 1) kind_ = RoutingKind::balanced;
  if (kind_ != RoutingKind::random) return;
  slots_ = static_cast<std::uint64_t>(spec.execution.divided_tokens()) * transformer->experts->active;
}

double ExpertRouting::steady_load(std::uint32_t member) const {
  if (kind_ != RoutingKind::hot) return 1;
  return member == 0 ? factor_ : (members_ - factor_) / (members_ - 1.0);
}

double ExpertRouting::load(const RoutedPass& pass, std::uint32_t member) const {
  if (!is_random()) return steady_load(member);
  const Shares& all = shares(pass);
  double sum = 0;
  for (std::uint32_t from = 0; from < members_; ++from) sum += all[std::size_t{from} * members_ + member];
  return sum;
}

std::vector<Bytes> ExpertRouting::sizes(const RoutedPass& pass, Bytes bytes) const {
  std::vector<Bytes> sizes;
  sizes.reserve(std::size_t{members_} * members_);
  for (std::uint32_t from = 0; from < members_; ++from) {
    for (std::uint32_t to = 0; to < members_; ++to) {
      const double share = is_random() ? shares(pass)[std::size_t{from} * members_ + to] : steady_load(to) / members_;
      sizes.push_back(share * bytes);
    }
  }
  return sizes;
}

const ExpertRouting::Shares& ExpertRouting::shares(const RoutedPass& pass) const {
  // What was drawn can be drawn again; only passes that are under way are asked for more than once.
  constexpr std::size_t most_kept = 4096;
  const auto known = drawn_.find(pass);
  if (known != drawn_.end()) return known->second;
  if (drawn_.size() == most_kept) drawn_.clear();
  return drawn_.emplace(pass, draw(pass)).first->second;
}

ExpertRouting::Shares ExpertRouting::draw(const RoutedPass& pass) const {
  Shares shares(std::size_t{members_} * members_);
  RandomStream random(seed_, "training/expert_routing", {pass.leader, pass.layer, pass.microbatch});
  std::vector<std::uint64_t> counts(members_);
  for (std::uint32_t from = 0; from < members_; ++from) {
    share_out(random, slots_, 0, members_, counts);
    for (std::uint32_t to = 0; to < members_; ++to) {
      shares[std::size_t{from} * members_ + to] = static_cast<double>(counts[to]) / static_cast<double>(slots_);
    }
  }
  return shares;
}

}  // namespace lockstep::workloads
