#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "validation/solvers/solvers.hpp"

// Cases of reference figures: {"solver", "inputs", and "outputs" or "refused"}.
namespace lockstep::validation {

// The cases of data/NAME.json for one solver.
std::vector<Json> reference_cases(const std::string& name, const std::string& solver);

// The outputs for these inputs, of the bundled catalog.
Json outputs_of(const std::string& solver, const Json& inputs);

// What in `actual` differs from `expected` by more than `relative`, as "path: actual, not expected"; empty when nothing
// does. Only what `expected` holds is compared.
std::string difference(const Json& actual, const Json& expected, double relative, const std::string& path = "");

// Fails the test for every case that is not reproduced, and when there is none.
void expect_reproduced(const std::string& name, const std::string& solver, double relative);

}  // namespace lockstep::validation
