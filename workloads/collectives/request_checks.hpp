#pragma once

#include "workloads/collectives/algorithms.hpp"

namespace lockstep::workloads {

// Throws an InputError at the request's place: for algorithms that cannot serve it.
[[noreturn]] void refuse(const CollectiveRequest& request, const std::string& problem,
                         const std::string& suggestion = "");

}  // namespace lockstep::workloads
