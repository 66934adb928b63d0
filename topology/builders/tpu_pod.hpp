#pragma once

namespace lockstep::topology {

struct Site;

// TPU-like pods: cubes of chips cabled inside, and optical circuit switches that join cubes to slices. Each slice is a
// torus of its own; the circuits are cables of kind `optical`.
void build_tpu_pod(Site& site);

}  // namespace lockstep::topology
