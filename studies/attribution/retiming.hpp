#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "studies/attribution/recorded_work.hpp"

namespace lockstep::studies {

// A run's computations once more: each takes what it took, or, where its piece of work is to be ideal, its share of
// what such pieces took on average.
class Retiming {
 public:
  using Choice = std::function<bool(const PieceOfWork&)>;
  Retiming(std::shared_ptr<const RecordedWork> recorded, const Choice& is_ideal);

  // Puts the programs of all jobs, in the order of their recording, on other times.
  void apply_to(std::vector<sim::Job>& jobs) const;

 private:
  std::shared_ptr<const RecordedWork> recorded_;
  std::shared_ptr<const std::vector<double>> factors_;  // of each piece
};

}  // namespace lockstep::studies
