#include "workloads/collectives/request_checks.hpp"

#include "base/error.hpp"

namespace lockstep::workloads {

void refuse(const CollectiveRequest& request, const std::string& problem, const std::string& suggestion) {
  throw InputError({.where = request.where, .problem = problem, .suggestion = suggestion});
}

}  // namespace lockstep::workloads
