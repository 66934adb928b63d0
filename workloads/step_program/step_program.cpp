#include "workloads/step_program/step_program.hpp"

#include "base/contract.hpp"

namespace lockstep::workloads {

CollectiveCall StepProgram::collective(std::uint64_t) const {
  contract_violated("requirement", "the program has collectives", __FILE__, __LINE__);
}

std::shared_ptr<const StepProgram> StepProgram::with_hot_experts(double) const {
  LOCKSTEP_REQUIRE(false);
  return nullptr;
}

std::string StepProgram::stream_name(RankId, StreamId stream) const {
  return "stream " + std::to_string(stream.value());
}

std::string StepProgram::label_text(const Label&) const {
  return "";
}

}  // namespace lockstep::workloads
