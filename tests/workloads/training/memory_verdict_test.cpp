#include "workloads/training/memory_verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "topology/fleet_builder.hpp"
#include "workloads/training/training_schedule.hpp"

namespace lockstep::workloads {
namespace {

using ::testing::HasSubstr;
using topology::Fleet;
using topology::VertexId;

// Four layers of a GPT on two stages of two replicas.
TrainingSpec spec_with(const std::string& more = "") {
  static const Catalog catalog = Catalog::bundled();
  const Json json =
      parse_json(R"({"model":{"layers":4,"hidden_dim":1024,"heads":16,"vocab":32000,"mlp":"plain"},"global_batch":8,)"
                 R"("sequence_length":1024,"parallel":{"data":2,"pipeline":2})" +
                     more + "}",
                 "job.json");
  return read_training_spec(JsonFields(json, "job.json"), {.catalog = catalog});
}

Fleet fleet_with(const std::vector<std::optional<Bytes>>& memory) {
  topology::FleetBuilder builder("some devices");
  for (std::size_t i = 0; i < memory.size(); ++i) {
    topology::DeviceModel model{.name = "m" + std::to_string(i), .compute = FlopRate(1e12)};
    model.memory = memory[i];
    builder.add_device("d" + std::to_string(i), builder.add_device_model(model));
  }
  return builder.build();
}

MemoryVerdict judge(const TrainingSpec& spec, const Fleet& fleet) {
  const std::vector<VertexId> devices(fleet.devices().begin(), fleet.devices().end());
  return judge_memory(spec, in_flight_under(spec, schedule_of(spec).schedule), fleet, devices);
}

TEST(MemoryVerdict, IsAboutEachStagesOwnDevices) {
  const TrainingSpec spec = spec_with(R"(,"memory_reserve":0.25)");
  const Bytes enough(80e9);
  const MemoryVerdict verdict = judge(spec, fleet_with({enough, Bytes(60e9), enough, enough}));
  ASSERT_EQ(verdict.stages.size(), 2U);
  EXPECT_EQ(verdict.stages[0].usable, Bytes(45e9));
  EXPECT_EQ(verdict.stages[1].usable, Bytes(60e9));
  EXPECT_EQ(verdict.usable(), Bytes(45e9));
  EXPECT_EQ(verdict.fits(), true);
  EXPECT_EQ(explain(verdict), "");
}

TEST(MemoryVerdict, FitsUpToTheLastByte) {
  const TrainingSpec spec = spec_with(R"(,"memory_reserve":0)");
  const Bytes most = judge(spec, fleet_with({{}, {}, {}, {}})).stages[0].needed.total();
  const Bytes large(1e12);
  EXPECT_EQ(judge(spec, fleet_with({most, most, large, large})).fits(), true);
  const Bytes less = most - Bytes(1);
  EXPECT_EQ(judge(spec, fleet_with({most, less, large, large})).fits(), false);
}

TEST(MemoryVerdict, IsOpenWhereADeviceDoesNotSay) {
  const Bytes large(1e12);
  const MemoryVerdict open = judge(spec_with(), fleet_with({large, large, large, {}}));
  EXPECT_EQ(open.fits(), std::nullopt);
  EXPECT_EQ(open.stages[1].usable, std::nullopt);
  EXPECT_EQ(explain(open), "");
  EXPECT_EQ(judge(spec_with(), fleet_with({Bytes(1), large, large, {}})).fits(), false);
}

TEST(MemoryVerdict, HoldsWhatTheScheduleHas) {
  const Fleet fleet = fleet_with({{}, {}, {}, {}});
  const auto activations = [&](const std::string& schedule) {
    return judge(spec_with(R"(,"schedule":")" + schedule + "\""), fleet).stages[0].needed.activations;
  };
  EXPECT_EQ(activations("gpipe"), 2.0 * activations("1f1b"));  // four microbatches, of which 1F1B holds two
}

TEST(MemoryVerdict, OffersOnlyWhatFits) {
  const TrainingSpec spec = spec_with(R"(,"memory_reserve":0)");
  const Bytes most = judge(spec, fleet_with({{}, {}, {}, {}})).stages[0].needed.total();
  const Bytes little = 0.9 * most;
  const MemoryVerdict verdict = judge(spec, fleet_with({little, little, little, little}));
  ASSERT_FALSE(verdict.remedies.empty());
  for (const Remedy& remedy : verdict.remedies) {
    TrainingSpec mended = spec;
    mended.execution = remedy.execution;
    const MemoryVerdict after = judge(mended, fleet_with({little, little, little, little}));
    EXPECT_EQ(after.fits(), true) << remedy.change;
    EXPECT_THAT(explain(verdict), HasSubstr(remedy.change));
  }
  EXPECT_THAT(explain(verdict), HasSubstr("a rank of stage "));
}

TEST(MemoryVerdict, SaysSoWhereNothingHelps) {
  const Bytes tiny(1e3);
  const MemoryVerdict verdict = judge(spec_with(), fleet_with({tiny, tiny, tiny, tiny}));
  EXPECT_TRUE(verdict.remedies.empty());
  EXPECT_THAT(explain(verdict), HasSubstr("2 stages of 2 do not fit; nothing that was tried makes it fit"));
}

}  // namespace
}  // namespace lockstep::workloads
