#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "base/unit_text.hpp"
#include "sim/run_scenario.hpp"
#include "validation/solvers/step_forms.hpp"

// What the pipeline part of a first-order step claims, against the simulator's own events.
namespace lockstep::validation {
namespace {

struct Drawn {
  EqualPipeline pipeline;
  Seconds forward, backward;
};

// Interleaved transfers have a formula where they are no longer than a chunk, and microbatches fill rounds of stages.
Drawn draw(std::mt19937& random) {
  const auto whole = [&](int least, int most) { return std::uniform_int_distribution<int>(least, most)(random); };
  const auto time = [&](double most) { return Seconds(std::uniform_real_distribution<double>(0, most)(random)); };
  Drawn drawn{.pipeline = {}, .forward = time(0.1) + Seconds(0.01), .backward = time(0.2) + Seconds(0.01)};
  EqualPipeline& pipeline = drawn.pipeline;
  pipeline.stages = whole(2, 8);
  pipeline.microbatches = whole(1, 24);
  pipeline.hop = time(0.1);
  const int order = whole(0, 2);
  if (order == 0) pipeline.order = PipelineOrder::gpipe;
  if (order == 2) {
    pipeline.order = PipelineOrder::interleaved;
    pipeline.chunks = whole(2, 4);
    pipeline.microbatches = pipeline.stages * whole(1, 4);
    pipeline.hop = std::min(drawn.forward, drawn.backward) / pipeline.chunks * 0.9;
  }
  return drawn;
}

const char* schedule_of(PipelineOrder order) {
  if (order == PipelineOrder::gpipe) return "gpipe";
  return order == PipelineOrder::interleaved ? "interleaved_1f1b" : "1f1b";
}

Seconds simulated(const Drawn& drawn, const Catalog& catalog) {
  const EqualPipeline& pipeline = drawn.pipeline;
  const Json scenario = {{"workload",
                          {{"kind", "pipeline"},
                           {"schedule", schedule_of(pipeline.order)},
                           {"stages", static_cast<int>(pipeline.stages)},
                           {"microbatches", static_cast<int>(pipeline.microbatches)},
                           {"virtual_stages", static_cast<int>(pipeline.chunks)},
                           {"forward", to_exact_text(drawn.forward)},
                           {"backward", to_exact_text(drawn.backward)},
                           {"transfer", to_exact_text(pipeline.hop)}}},
                         {"engine", {{"network", "contention_free"}}}};
  return sim::run_scenario(sim::read_scenario(scenario, {.catalog = catalog})).end;
}

TEST(PipelineEvents, EqualTheFormOfEqualStagesAndFixedTransfers) {
  std::mt19937 random(11);
  const Catalog catalog = Catalog::bundled();
  for (int i = 0; i < 300; ++i) {
    const Drawn drawn = draw(random);
    const Seconds expected = pipeline_makespan(drawn.pipeline, drawn.forward + drawn.backward);
    EXPECT_NEAR(simulated(drawn, catalog).si(), expected.si(), 1e-9 * expected.si())
        << schedule_of(drawn.pipeline.order) << " " << drawn.pipeline.stages << " " << drawn.pipeline.microbatches;
  }
}

}  // namespace
}  // namespace lockstep::validation
