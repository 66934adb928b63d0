#pragma once

#include <stdexcept>

// Contracts state what our own code owes itself; input never reaches them. A broken one throws ContractViolation, which
// the program reports as its own fault. LOCKSTEP_REQUIRE is for callers, LOCKSTEP_ENSURE for results; both vanish in
// release builds, where the compiler may still not assume them.
namespace lockstep {

class ContractViolation : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void contract_violated(const char* kind, const char* condition, const char* file, int line);

}  // namespace lockstep

#ifdef LOCKSTEP_CONTRACTS
#define LOCKSTEP_CONTRACT(kind, condition) \
  ((condition) ? static_cast<void>(0) : ::lockstep::contract_violated(kind, #condition, __FILE__, __LINE__))
#else
#define LOCKSTEP_CONTRACT(kind, condition) static_cast<void>(sizeof((condition) ? 1 : 0))
#endif
#define LOCKSTEP_REQUIRE(condition) LOCKSTEP_CONTRACT("requirement", condition)
#define LOCKSTEP_ENSURE(condition) LOCKSTEP_CONTRACT("guarantee", condition)
