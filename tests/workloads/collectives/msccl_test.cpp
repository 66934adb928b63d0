#include "workloads/collectives/msccl.hpp"

#include <gmock/gmock.h>

#include "base/text_file.hpp"
#include "tests/own_folder.hpp"
#include "tests/workloads/collectives/simulated.hpp"
#include "workloads/collectives/msccl_file.hpp"

namespace lockstep::workloads {
namespace {

using ::testing::HasSubstr;

const std::string data = LOCKSTEP_TEST_DATA;

topology::Fleet star(std::uint32_t devices) {
  return topology::topology_of("switch", R"("devices":)" + std::to_string(devices));
}

CollectiveRequest from_file(Operation operation, const std::string& file, double bytes = 3e6) {
  return {.operation = operation, .algorithm = "msccl", .bytes = Bytes(bytes), .file = file, .directory = data};
}

// What is said of the ring of three with one piece of its text replaced by another, wherever it stands first.
std::string refusal_with(const std::string& old_text, const std::string& new_text) {
  std::string text = read_text_file(data + "/ring_of_three.xml");
  const std::size_t at = text.find(old_text);
  if (at == std::string::npos) return "the text is not there";
  text.replace(at, old_text.size(), new_text);
  return testing::refusal_on(star(3), from_file(Operation::all_reduce, own_file("changed.xml", text)));
}

// The attributes of a step of the ring, up to its chunk.
std::string step(int number, const std::string& type, int chunk) {
  return "s=\"" + std::to_string(number) + "\" type=\"" + type + "\" srcbuf=\"i\" srcoff=\"" + std::to_string(chunk) +
         "\" dstbuf=\"i\" dstoff=\"" + std::to_string(chunk) + "\"";
}

TEST(Msccl, CarriesOutFilesOfEveryOperation) {
  EXPECT_EQ(testing::fault_on(star(3), from_file(Operation::all_reduce, "ring_of_three.xml")), "");
  EXPECT_EQ(testing::fault_on(star(2), from_file(Operation::all_to_all, "all_to_all_of_two.xml")), "");
  EXPECT_EQ(testing::fault_on(star(2), from_file(Operation::all_gather, "all_gather_of_two.xml")), "");
  EXPECT_EQ(testing::fault_on(star(2), from_file(Operation::reduce_scatter, "reduce_scatter_of_two.xml")), "");
}

TEST(Msccl, TakesAsLongAsTheAlgorithmThatItSpellsOut) {
  const CollectiveRequest ring{.algorithm = "ring", .bytes = Bytes(3e6)};
  const auto file = from_file(Operation::all_reduce, "ring_of_three.xml");
  for (const std::string network : {"contention_free", "ports"}) {
    EXPECT_NEAR(testing::seconds_on(star(3), file, {.network = network}) /
                    testing::seconds_on(star(3), ring, {.network = network}),
                1, 1e-12);
  }
  const auto all_to_all = from_file(Operation::all_to_all, "all_to_all_of_two.xml");
  EXPECT_NEAR(testing::seconds_on(star(2), all_to_all), 2e-6 + 1.5e6 / 50e9, 1e-15);
}

TEST(Msccl, CombinesWhatItsStepsCombine) {
  const auto plan = plan_msccl(from_file(Operation::reduce_scatter, "reduce_scatter_of_two.xml"),
                               {star(2), std::vector<topology::VertexId>(2)});
  for (const std::uint32_t rank : {0U, 1U}) {
    Bytes combined;
    for (std::uint64_t i = 0; i < plan->length(RankId(rank), StreamId(0)); ++i) {
      Op op;
      plan->fetch(RankId(rank), StreamId(0), i, op);
      combined += op.reduce;
    }
    EXPECT_DOUBLE_EQ(combined.si(), 1.5e6);
  }
}

TEST(Msccl, RefusesFilesThatLoseOrDoubleData) {
  // GPU 0 passes a chunk on without adding its own.
  const std::string lost = refusal_with(step(1, "rrs", 2), step(1, "rcs", 2));
  EXPECT_THAT(lost, HasSubstr("at the end member"));
  EXPECT_THAT(lost, HasSubstr("without the contribution of member 0"));
  // It adds to what is a sum already.
  const std::string doubled = refusal_with(step(3, "rcs", 0), step(3, "rrcs", 0));
  EXPECT_THAT(doubled, HasSubstr("line 8: gpu 0, tb 0, step 3"));
  EXPECT_THAT(doubled, HasSubstr("brings the contribution of member 0 a second time"));
  // It adds one chunk to another.
  const std::string mixed = refusal_with(step(1, "rrs", 2), step(1, "rrs", 1));
  EXPECT_THAT(mixed, HasSubstr("line 6: gpu 0, tb 0, step 1"));
  EXPECT_THAT(mixed, HasSubstr("block 1 from input chunk 1 would be combined with block 2"));
}

TEST(Msccl, RefusesFilesThatDeadlock) {
  const std::string cut = refusal_with(step(4, "r", 2), step(4, "nop", 2));
  EXPECT_THAT(cut, HasSubstr("deadlocked"));
  EXPECT_THAT(cut, HasSubstr("gpu 2, tb 0, step 3"));
  const std::string circle = refusal_with(R"(cnt="1" depid="-1" deps="-1")", R"(cnt="1" depid="0" deps="4")");
  EXPECT_THAT(circle, HasSubstr("deadlocked"));
  EXPECT_THAT(circle, HasSubstr("line 5: gpu 0, tb 0, step 0"));
}

TEST(Msccl, RefusesWhatIsNoAlgorithm) {
  EXPECT_THAT(refusal_with("<algo", "<algorithm"), HasSubstr("not well-formed"));
  EXPECT_THAT(refusal_with("type=\"rrs\"", "type=\"rsr\""), HasSubstr("line 6: gpu 0, tb 0, step 1"));
  EXPECT_THAT(refusal_with("type=\"rrs\"", "type=\"rsr\""), HasSubstr("there is no step of type 'rsr'"));
  EXPECT_THAT(refusal_with("srcoff=\"2\"", "srcoff=\"3\""), HasSubstr("go beyond the 3 chunks of buffer 'i'"));
  EXPECT_THAT(refusal_with("srcbuf=\"i\"", "srcbuf=\"x\""), HasSubstr("srcbuf=\"x\" is no buffer"));
  EXPECT_THAT(refusal_with("i_chunks=\"3\"", "i_chunks=\"4\""), HasSubstr("where nchunksperloop makes it 3"));
  EXPECT_THAT(refusal_with("cnt=\"1\"", "cnt=\"0\""), HasSubstr("cnt=\"0\" is not a whole number from 1"));
  EXPECT_THAT(refusal_with("send=\"1\"", "send=\"-1\""), HasSubstr("its threadblock has nobody to send to"));
  EXPECT_THAT(refusal_with("send=\"1\"", "send=\"5\""), HasSubstr("send=\"5\" is not a whole number from -1 to 2"));
  EXPECT_THAT(refusal_with("depid=\"-1\" deps=\"-1\"", "depid=\"3\" deps=\"0\""),
              HasSubstr("it waits for step 0 of tb 3, which there is not"));
  EXPECT_THAT(refusal_with("coll=\"allreduce\"", "coll=\"custom\""), HasSubstr("is no operation that is known"));
  EXPECT_THAT(refusal_with("ngpus=\"3\"", "ngpus=\"4\""), HasSubstr("ngpus=\"4\", and 3 are here"));
  EXPECT_THAT(refusal_with("<step s=\"1\"", "<step s=\"2\""), HasSubstr("steps are not numbered 0, 1, 2"));
  EXPECT_THAT(refusal_with("<gpu id=\"0\"", "<gpu id=\"1\""), HasSubstr("GPUs are not numbered 0, 1, 2"));
}

TEST(Msccl, RefusesInconsistentCounts) {
  const std::string path = "all_gather_of_two.xml";
  std::string text = read_text_file(data + "/" + path);
  const std::string sent = R"(dstoff="0" cnt="2")";
  text.replace(text.find(sent), sent.size(), R"(dstoff="0" cnt="1")");
  const MscclFile file = read_msccl_file(text, "counts.xml");
  EXPECT_EQ(file.gpus[0].blocks[0].steps[0].count, 1);
  const std::string refusal =
      testing::refusal_on(star(2), from_file(Operation::all_gather, own_file("counts.xml", text)));
  EXPECT_THAT(refusal, HasSubstr("gpu 1, tb 0, step 1"));
  EXPECT_THAT(refusal, HasSubstr("1 blocks come in from member 0, and there is room for 2"));
}

TEST(Msccl, RefusesRequestsThatItsFileDoesNotServe) {
  EXPECT_THAT(testing::refusal_on(star(4), from_file(Operation::all_reduce, "ring_of_three.xml")),
              HasSubstr("is for 3 ranks, and there are 4"));
  EXPECT_THAT(testing::refusal_on(star(3), from_file(Operation::all_gather, "ring_of_three.xml")),
              HasSubstr("does all_reduce, not all_gather"));
  EXPECT_THAT(testing::refusal_on(star(3), from_file(Operation::all_reduce, "missing.xml")), HasSubstr("missing.xml"));
  EXPECT_THAT(testing::refusal_on(star(3), from_file(Operation::all_reduce, "")), HasSubstr("none is given"));
  CollectiveRequest ring = from_file(Operation::all_reduce, "ring_of_three.xml");
  ring.algorithm = "ring";
  EXPECT_THAT(testing::refusal_on(star(3), ring), HasSubstr("is not read from a file"));
}

// Whatever is changed in a file, it is either an algorithm or refused.
TEST(Msccl, SurvivesDamagedFiles) {
  const std::string whole = read_text_file(data + "/ring_of_three.xml");
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    for (const char put : {'9', '"', '<', '\0'}) {
      std::string text = whole;
      text[at] = put;
      try {
        EXPECT_EQ(read_msccl_file(text, "damaged.xml").gpus.size(), 3);
      } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("damaged.xml"));
      }
    }
  }
}

}  // namespace
}  // namespace lockstep::workloads
