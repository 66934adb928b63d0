#include "studies/attribution/straggling.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace lockstep::studies {
namespace {

// Below this share of a step a difference is rounding.
constexpr double least_share = 1e-9;

struct Worker {
  std::uint32_t workload = 0;
  Seat seat;
  friend auto operator<=>(const Worker&, const Worker&) = default;
};

// Everything that is asked of one recorded run.
class Question {
 public:
  Question(std::shared_ptr<const RecordedWork> recorded, std::span<const Seating> seatings,
           const sim::Scenario& scenario)
      : recorded_(std::move(recorded)), seatings_(seatings) {
    for (std::uint32_t channel = 0; channel < scenario.fleet().channels().size(); ++channel) {
      channels_.emplace_back(channel);
    }
  }

  enum class Links : std::uint8_t { as_they_are, healed };
  WhatIf with_ideal(const Retiming::Choice& is_ideal, Links links) const {
    WhatIf what_if;
    what_if.retimed = std::make_shared<Retiming>(recorded_, is_ideal);
    if (links == Links::healed) what_if.healed.channels = channels_;
    return what_if;
  }
  Worker worker_of(const PieceOfWork& piece) const {
    const auto workload = static_cast<std::uint32_t>(piece.job % recorded_->workloads);
    return {workload, seatings_[workload].of_rank[piece.rank.value()]};
  }
  bool is_in_last_stage(const PieceOfWork& piece) const {
    const Worker worker = worker_of(piece);
    return worker.seat.stage + 1 == seatings_[worker.workload].stages;
  }
  bool has_stages() const {
    return std::any_of(seatings_.begin(), seatings_.end(), [](const Seating& one) { return one.stages > 1; });
  }
  const RecordedWork& recorded() const { return *recorded_; }

  // What each worker's work took, as a multiple of what it would take if it were ideal.
  std::map<Worker, double> excess() const {
    std::map<Worker, std::pair<double, double>> sums;
    for (const PieceOfWork& piece : recorded_->pieces) {
      auto& [took, ideal] = sums[worker_of(piece)];
      took += piece.seconds;
      ideal += recorded_->mean(piece.type);
    }
    std::map<Worker, double> excess;
    for (const auto& [worker, times] : sums) excess[worker] = times.first / times.second;
    return excess;
  }

 private:
  std::shared_ptr<const RecordedWork> recorded_;
  std::span<const Seating> seatings_;
  std::vector<topology::ChannelId> channels_;
};

using Links = Question::Links;

void add_types(const Question& question, WhatIfs& what_ifs, Straggling& straggling) {
  std::vector<WhatIf> runs;
  for (std::uint32_t type = 0; type < question.recorded().types.size(); ++type) {
    runs.push_back(question.with_ideal([type](const PieceOfWork& piece) { return piece.type != type; }, Links::healed));
    straggling.types.push_back({.type = question.recorded().types[type]});
  }
  runs.push_back(question.with_ideal([](const PieceOfWork&) { return true; }, Links::as_they_are));
  straggling.types.push_back({.type = "communication"});
  const std::vector<Seconds> times = what_ifs.step_times(runs);
  for (std::size_t i = 0; i < times.size(); ++i) straggling.types[i].slowdown = times[i] / straggling.ideal;
}

// By how much each worker slows the step down; where there are too many to simulate, by how much it is slower itself.
std::map<Worker, double> rate_workers(const Question& question, std::size_t most, WhatIfs& what_ifs,
                                      Straggling& straggling) {
  std::map<Worker, double> rating = question.excess();
  if (rating.size() > most) return rating;
  std::vector<WhatIf> runs;
  for (const auto& [worker, excess] : rating) {
    const auto is_other = [&question, own = worker](const PieceOfWork& piece) {
      return question.worker_of(piece) != own;
    };
    runs.push_back(question.with_ideal(is_other, Links::healed));
  }
  const std::vector<Seconds> times = what_ifs.step_times(runs);
  std::size_t next = 0;
  for (auto& [worker, rated] : rating) {
    rated = times[next++] / straggling.ideal;
    straggling.workers.push_back({.workload = worker.workload, .seat = worker.seat, .slowdown = rated});
  }
  return rating;
}

std::set<Worker> slowest_of(const std::map<Worker, double>& rating) {
  std::vector<std::pair<double, Worker>> order;
  order.reserve(rating.size());
  for (const auto& [worker, rated] : rating) order.emplace_back(-rated, worker);
  std::sort(order.begin(), order.end());
  constexpr double share = 0.03;
  const auto wanted = static_cast<std::size_t>(std::floor(share * static_cast<double>(order.size())));
  order.resize(std::min(order.size(), std::max<std::size_t>(1, wanted)));
  std::set<Worker> slowest;
  for (const auto& [rated, worker] : order) slowest.insert(worker);
  return slowest;
}

}  // namespace

Straggling straggling_of(const std::shared_ptr<const RecordedWork>& recorded, const StragglingPlan& plan,
                         WhatIfs& what_ifs) {
  const Question question(recorded, plan.seatings, what_ifs.scenario());
  const std::vector<WhatIf> ends = {question.with_ideal([](const PieceOfWork&) { return false; }, Links::as_they_are),
                                    question.with_ideal([](const PieceOfWork&) { return true; }, Links::healed)};
  const std::vector<Seconds> times = what_ifs.step_times(ends);
  Straggling straggling{.time = times[0], .ideal = times[1], .slowdown = times[0] / times[1]};
  add_types(question, what_ifs, straggling);
  const std::map<Worker, double> rating = rate_workers(question, plan.most_workers, what_ifs, straggling);
  const std::set<Worker> slowest = slowest_of(rating);
  for (const Worker& worker : slowest) straggling.slowest_workers.push_back(worker.seat);

  const Seconds lost = straggling.time - straggling.ideal;
  if (slowest.empty() || std::abs(lost.si()) <= least_share * straggling.time.si()) return straggling;
  std::vector<WhatIf> mended = {question.with_ideal(
      [&](const PieceOfWork& piece) { return slowest.contains(question.worker_of(piece)); }, Links::as_they_are)};
  if (question.has_stages()) {
    mended.push_back(question.with_ideal([&](const PieceOfWork& piece) { return question.is_in_last_stage(piece); },
                                         Links::as_they_are));
  }
  const std::vector<Seconds> without = what_ifs.step_times(mended);
  straggling.of_slowest_workers = (straggling.time - without[0]) / lost;
  if (question.has_stages()) straggling.of_last_stage = (straggling.time - without[1]) / lost;
  return straggling;
}

}  // namespace lockstep::studies
