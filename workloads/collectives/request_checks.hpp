#pragma once

#include "workloads/collectives/algorithms.hpp"

// What algorithms say to requests that they cannot serve.
namespace lockstep::workloads {

// Throws the InputError at the request's place.
[[noreturn]] void refuse(const CollectiveRequest& request, const std::string& problem,
                         const std::string& suggestion = "");

// Throw unless segments, or channels, are left at one.
void require_no_segments(const CollectiveRequest& request);
void require_one_channel(const CollectiveRequest& request);

}  // namespace lockstep::workloads
