#pragma once

#include "workloads/step_program/step_program.hpp"

namespace lockstep::sim {

// How many times as long as usual computations take because of the data that they are about.
struct DataStretch {
  double whole = 1;
  double attention = 1;  // the part that goes by the lengths of documents, before `whole`

  Seconds of(Seconds work, Seconds attention_in_it) const { return whole * (work + (attention - 1) * attention_in_it); }
};

// How one run's data varies: the same for all ranks that work on the same part of it.
class DataVariation {
 public:
  virtual ~DataVariation() = default;
  virtual DataStretch of(std::uint32_t job, const workloads::DataPart& part) const = 0;
};

}  // namespace lockstep::sim
