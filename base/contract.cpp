#include "base/contract.hpp"

#include <string>

namespace lockstep {

void contract_violated(const char* kind, const char* condition, const char* file, int line) {
  throw ContractViolation(std::string("broken ") + kind + " (" + condition + ") at " + file + ":" +
                          std::to_string(line));
}

}  // namespace lockstep
