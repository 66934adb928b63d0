#pragma once

#include "validation/pipeline_situation.hpp"

namespace lockstep::validation {

// What no order of the same tasks on the same devices beats. Each term is a bound for itself.
struct PipelineBound {
  // Of the device for which it is most: what it computes in all, after the shortest way from the input to any of its
  // chunks and before the shortest way back from one, if all of its backward hands something on.
  Seconds busy;
  // The longest way of one microbatch, forward through all chunks and back.
  Seconds path;
};
PipelineBound pipeline_bound(const PipelineSituation& situation);

}  // namespace lockstep::validation
