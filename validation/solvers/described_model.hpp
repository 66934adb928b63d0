#pragma once

#include "validation/solvers/figures.hpp"
#include "workloads/models/model.hpp"

namespace lockstep::validation {

// What a model that is described layer by layer amounts to.
ModelFigures figures_of(const workloads::Model& model);

}  // namespace lockstep::validation
