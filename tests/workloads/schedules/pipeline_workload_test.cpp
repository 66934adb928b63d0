#include "workloads/schedules/pipeline_workload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "tests/own_folder.hpp"
#include "workloads/schedules/schedule_summary.hpp"

namespace lockstep::workloads {
namespace {

using testing::HasSubstr;

PipelineWorkload read(const std::string& text, std::uint64_t seed = 0) {
  const Json json = parse_json(text, "x.json");
  const JsonFields fields(json, "x.json", "workload");
  PipelineWorkload workload = read_pipeline_workload(fields, {.directory = own_folder().string(), .seed = seed});
  fields.choice_or("kind", "pipeline", {"pipeline"});
  fields.reject_unknown();
  return workload;
}

// Two stages and four microbatches of 1F1B.
PipelineWorkload small(const std::string& times, std::uint64_t seed = 0) {
  return read(R"({"schedule":"1f1b","stages":2,"microbatches":4,)" + times + "}", seed);
}

std::string refusal(const std::string& text) {
  try {
    read(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

std::string small_refusal(const std::string& times) {
  return refusal(R"({"schedule":"1f1b","stages":2,"microbatches":4,)" + times + "}");
}

double makespan(const PipelineWorkload& workload) {
  return evaluate_schedule(*workload.schedule, workload.times).makespan.si();
}

TEST(PipelineWorkload, ReadsTimesOfEqualStages) {
  EXPECT_DOUBLE_EQ(makespan(small(R"("forward":"1 s","backward":"2 s")")), 15);
  EXPECT_DOUBLE_EQ(makespan(small(R"("forward":"1 s","backward":"2 s","stage_scale":[1,1])")), 15);
  EXPECT_DOUBLE_EQ(makespan(small(R"("forward":"1 s","backward_input":"0.5 s","backward_weight":"1.5 s")")), 15);
}

TEST(PipelineWorkload, CutsADevicesShareIntoItsChunks) {
  const auto workload = read(
      R"({"schedule":"interleaved_1f1b","stages":2,"microbatches":4,"virtual_stages":2,"forward":"1 s","backward":"2 s"})");
  EXPECT_DOUBLE_EQ(makespan(workload), 4 * 3 + 1 * 3.0 / 2);
  EXPECT_DOUBLE_EQ(workload.times.forward.at(3, 1).si(), 0.5);
}

TEST(PipelineWorkload, KnowsThatAVHasTwoChunks) {
  const auto workload = read(
      R"({"schedule":"zb_v","stages":2,"microbatches":4,"forward":"2 s","backward_input":"2 s","backward_weight":"2 s"})");
  EXPECT_EQ(workload.schedule->chunks(), 4);
  EXPECT_EQ((*workload.as_run)["virtual_stages"], 2);
}

TEST(PipelineWorkload, ReadsTimesOfEachStageAndMicrobatch) {
  const auto workload =
      small(R"("forward":["1 s",["1 s","2 s","3 s","4 s"]],"backward":["1 s","2 s"],"stage_scale":[1,1.5])");
  EXPECT_DOUBLE_EQ(workload.times.forward.at(0, 3).si(), 1);
  EXPECT_DOUBLE_EQ(workload.times.forward.at(1, 3).si(), 6);
  EXPECT_DOUBLE_EQ(workload.times.backward.at(1, 0).si(), 3);
}

TEST(PipelineWorkload, CompletesTheHalvesOfTheBackward) {
  const auto workload = read(R"({"schedule":"zb_h1","stages":2,"microbatches":4,"forward":"1 s","backward":"3 s",)"
                             R"("backward_weight":"1 s"})");
  EXPECT_DOUBLE_EQ(workload.times.input_gradient.at(1, 3).si(), 2);
}

TEST(PipelineWorkload, DrawsTimesFromTheSeedChunkAndMicrobatch) {
  const std::string times =
      R"("forward":{"distribution":"uniform","low":"1 s","high":"2 s"},"backward":["1 s",{"distribution":"exponential","mean":"1 s"}])";
  const auto first = small(times, 1);
  EXPECT_EQ(makespan(first), makespan(small(times, 1)));
  EXPECT_NE(makespan(first), makespan(small(times, 2)));
  EXPECT_NE(first.times.forward.at(0, 0), first.times.forward.at(0, 1));
  EXPECT_NE(first.times.forward.at(0, 0), first.times.forward.at(1, 0));
  EXPECT_EQ(first.times.backward.at(0, 3), Seconds(1));
}

TEST(PipelineWorkload, ReadsTransfers) {
  const std::string times = R"("forward":"1 s","backward":"2 s","transfer":"0.5 s")";
  // P07: 2c((P-1) + (M-1) - ceil((M-1)/P)), P09 for the sender.
  EXPECT_DOUBLE_EQ(makespan(small(times)), 15 + 2 * 0.5 * (1 + 3 - 2));
  EXPECT_GT(makespan(small(times + R"(,"transfer_occupies":"sender")")), 15);
  EXPECT_FALSE(small(times + R"(,"activation":"1 MB")").activation);
  EXPECT_EQ(small(R"("forward":"1 s","backward":"2 s","activation":"1 MB")").activation, Bytes(1e6));
}

TEST(PipelineWorkload, OverlapsPairs) {
  const auto workload = read(R"({"schedule":"dualpipe","stages":2,"microbatches":6,"forward":"1.2 s",)"
                             R"("backward":"2 s","backward_weight":"0.9 s","overlapped":"2.8 s"})");
  EXPECT_NEAR(makespan(workload), 18, 1e-12);
}

TEST(PipelineWorkload, ReadsSchedulesFromFilesAndInPlace) {
  own_file("pipeline_workload_test.csv", "0F0,0F1,0BW0,0BW1\n1F0,1BW0,1F1,1BW1\n");
  const std::string times = R"(,"forward":"1 s","backward":"2 s"})";
  const auto workload = read(R"({"schedule":{"file":"pipeline_workload_test.csv","notation":"legacy"})" + times);
  EXPECT_DOUBLE_EQ(makespan(workload), 9);
  EXPECT_DOUBLE_EQ(
      makespan(
          read(R"({"schedule":{"microbatches":1,"placement":[0,1],"tasks":[["0F0","0B0"],["1F0","1B0"]]})" + times)),
      6);
  EXPECT_THAT(refusal(R"({"schedule":{"file":"pipeline_workload_test.csv"})" + times),
              HasSubstr("pipeline_workload_test.csv: device 0, slot 2: BW is no action"));
  EXPECT_THAT(refusal(R"({"stages":2,"schedule":{"file":"pipeline_workload_test.csv"})" + times),
              HasSubstr("workload.stages: a schedule that is written out says this itself"));
  EXPECT_THAT(refusal(R"({"schedule":{"file":"none.csv"})" + times), HasSubstr("none.csv"));
}

TEST(PipelineWorkload, CountsWhatChunksKeep) {
  const auto by_hop = small(R"("forward":"1 s","backward":"2 s","activation":"1 MB")");
  EXPECT_EQ(peak_activation_bytes(by_hop.schedule->tasks[0], by_hop.activation_memory[0]), Bytes(2e6));
  const auto split = read(R"({"schedule":"zb_h1","stages":4,"microbatches":8,"forward":"1 s","backward_input":"1 s",)"
                          R"("backward_weight":"1 s","activation_memory":"10 MB","weight_gradient_memory":"4 MB"})");
  // (P-s) M_B + s M_W of the closed form for ZB-H1; at its peak a stage has one forward more than it still needs.
  for (std::uint32_t stage = 0; stage < 4; ++stage) {
    const double expected = (4 - stage) * 10e6 + stage * 4e6;
    EXPECT_DOUBLE_EQ(peak_activation_bytes(split.schedule->tasks[stage], split.activation_memory[stage]).si(),
                     expected);
  }
}

TEST(PipelineWorkload, ExplainsWhatIsWrong) {
  const std::string times = R"("forward":"1 s","backward":"2 s")";
  const std::vector<std::pair<std::string, std::string>> mistakes = {
      {R"("backward":"2 s")", "workload.forward: the time of a forward is not stated"},
      {R"("forward":"1 s")", "workload.backward: the schedule runs backwards and their time is not stated"},
      {R"("forward":1,"backward":"2 s")", "workload.forward"},
      {R"("forward":["1 s"],"backward":"2 s")", "workload.forward: there are 1 entries for 2 stages"},
      {R"("forward":["1 s",["1 s"]],"backward":"2 s")", "workload.forward[1]: there are 1 times for 4 microbatches"},
      {R"("forward":{"distribution":"flat"},"backward":"2 s")", "workload.forward"},
      {times + R"(,"stage_scale":[1])", "workload.stage_scale: there are 1 entries for 2 stages"},
      {times + R"(,"stage_scale":[1,0])", "workload.stage_scale: a stage cannot take 0 times as long"},
      {times + R"(,"backward_input":"3 s")", "workload.backward_input: half of the backward takes longer (3 s)"},
      {times + R"(,"backward_input":"1 s","backward_weight":"2 s")", "its halves together take 3 s"},
      {times + R"(,"transfer_occupies":"both")", "workload.transfer_occupies"},
      {times + R"(,"transfer_occupies":"sender","activation":"1 MB")", "keep no sender from computing"},
      {times + R"(,"weight_gradient_memory":"1 MB")", "the part of \"activation_memory\""},
      {times + R"(,"virtual_stages":2)", "workload.virtual_stages: 1f1b has 1 chunk a device, not 2"},
      {times + R"(,"forwards":"1 s")", "forwards"},
  };
  for (const auto& [text, message] : mistakes) EXPECT_THAT(small_refusal(text), HasSubstr(message)) << text;
  EXPECT_THAT(refusal(R"({"schedule":"2f2b","stages":2,"microbatches":4})"), HasSubstr("no schedule '2f2b'"));
  EXPECT_THAT(refusal(R"({"schedule":"1f1b","microbatches":4})"), HasSubstr("stages"));
  EXPECT_THAT(refusal(R"({"schedule":"1f1b","stages":0,"microbatches":4})"), HasSubstr("stages"));
  EXPECT_THAT(refusal(R"({"schedule":"zb_h1","stages":2,"microbatches":4,"forward":"1 s","backward":"2 s"})"),
              HasSubstr("workload.backward_input: the schedule splits the backward"));
}

}  // namespace
}  // namespace lockstep::workloads
