#include "workloads/collectives/request_checks.hpp"

#include "base/error.hpp"

namespace lockstep::workloads {

void refuse(const CollectiveRequest& request, const std::string& problem, const std::string& suggestion) {
  throw InputError({.where = request.where, .problem = problem, .suggestion = suggestion});
}

void require_no_segments(const CollectiveRequest& request) {
  if (request.segments == 1) return;
  refuse(request, "algorithm '" + request.algorithm + "' does not cut its messages into segments",
         "leave \"segments\" out");
}

void require_one_channel(const CollectiveRequest& request) {
  if (request.channels == 1) return;
  refuse(request, "algorithm '" + request.algorithm + "' lays out its streams by itself", "leave \"channels\" out");
}

}  // namespace lockstep::workloads
