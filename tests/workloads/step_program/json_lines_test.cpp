#include "workloads/step_program/json_lines.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "base/error.hpp"
#include "topology/fleet_builder.hpp"

namespace lockstep::workloads {
namespace {

using namespace literals;

topology::Fleet pair_of_devices() {
  topology::FleetBuilder builder("pair");
  const auto fast =
      builder.add_device_model({.name = "fast", .compute = 1.0_TFLOP_per_s, .memory = {}, .memory_bandwidth = {}});
  const auto a = builder.add_device("a", fast);
  const auto slow = builder.add_device_model({.name = "of unknown speed"});
  const auto b = builder.add_device("b", slow);
  builder.add_cable(a, b, {.bandwidth = 1.0_GB_per_s, .latency = 1.0_us});
  builder.add_cable(builder.add_device("c"), b, {.bandwidth = 1.0_GB_per_s, .latency = 1.0_us});
  return builder.build();
}

std::shared_ptr<const StepProgram> read(const std::string& text) {
  static const topology::Fleet fleet = pair_of_devices();
  std::istringstream in(text);
  return read_program(in, "p.jsonl", {.fleet = fleet, .devices = fleet.devices()});
}

// With the header of a program of three ranks, so that the first of these lines is line 2.
std::string problem_of(const std::string& lines) {
  try {
    read("{\"format\":\"lockstep-program\",\"version\":1,\"ranks\":3}\n" + lines);
  } catch (const InputError& error) {
    return error.what();
  }
  return "none";
}

void expect_problem(const std::string& lines, const std::string& problem) {
  const std::string found = problem_of(lines);
  EXPECT_NE(found.find(problem), std::string::npos) << lines << "\n" << found;
}

std::string header_problem(const std::string& text) {
  try {
    read(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "none";
}

TEST(JsonLines, SayWhatEachRankDoes) {
  const auto program = read(R"(// A comment, and an empty line.

{"format": "lockstep-program", "version": 1, "ranks": 2, "name": "two steps"}
{"rank": 0, "op": "compute", "seconds": "10 ms", "flops": "1 TFLOP", "label": "F0", "id": "f", "waits": ["later"]}
{"rank": 0, "stream": "comm", "op": "send", "to": 1, "bytes": "1 MB", "tag": 3, "id": "later"}
{"rank": 1, "op": "exchange", "sends": [], "receives": [{"from": 0, "tag": 3}], "reduce": "1 MB"}
{"rank": 1, "op": "hold", "until": "1 s"}
{"rank": 1, "op": "compute", "seconds": "0 s"})");
  ASSERT_EQ(program->rank_count(), 2U);
  ASSERT_EQ(program->stream_count(RankId(0)), 2U);
  EXPECT_EQ(program->stream_name(RankId(0), StreamId(0)), "main");
  EXPECT_EQ(program->stream_name(RankId(0), StreamId(1)), "comm");
  Op op;
  program->fetch(RankId(0), StreamId(0), 0, op);
  EXPECT_EQ(op.kind, OpKind::compute);
  EXPECT_EQ(op.work.nominal, 10.0_ms);
  EXPECT_EQ(op.work.flops, Flops(1e12));
  EXPECT_EQ(program->label_text(op.label), "F0");
  ASSERT_EQ(op.waits.size(), 1U);
  EXPECT_EQ(op.waits[0].stream, StreamId(1));
  EXPECT_EQ(op.waits[0].position, 0U);
  op.clear();
  program->fetch(RankId(0), StreamId(1), 0, op);
  EXPECT_EQ(op.sends.at(0).bytes, 1.0_MB);
  EXPECT_EQ(op.sends.at(0).tag, 3U);
  EXPECT_EQ(program->label_text(op.label), "");
  ASSERT_EQ(program->length(RankId(1), StreamId(0)), 3U);
  op.clear();
  program->fetch(RankId(1), StreamId(0), 0, op);
  EXPECT_EQ(op.reduce, 1.0_MB);
  op.clear();
  program->fetch(RankId(1), StreamId(0), 1, op);
  EXPECT_EQ(op.until, 1.0_s);
}

TEST(JsonLines, NeedAHeaderThatFits) {
  EXPECT_EQ(
      header_problem(""),
      "p.jsonl: no program; begin with a header: {\"format\": \"lockstep-program\", \"version\": 1, \"ranks\": 4}");
  EXPECT_NE(header_problem("\n{\"rank\":0}").find("p.jsonl, line 2: this is no header"), std::string::npos);
  EXPECT_NE(header_problem(R"({"format":"x","version":1,"ranks":1})").find("no program of lockstep's"),
            std::string::npos);
  EXPECT_NE(header_problem(R"({"format":"lockstep-program","version":2,"ranks":1})").find("newer than this program"),
            std::string::npos);
  EXPECT_NE(header_problem(R"({"format":"lockstep-program","version":1,"ranks":4})")
                .find("has 4 ranks, but there are only 3 devices"),
            std::string::npos);
  EXPECT_NE(header_problem(R"({"format":"lockstep-program","version":1,"ranks":1,"rank":2})").find("unknown key"),
            std::string::npos);
}

TEST(JsonLines, RefuseKeysAndOperationsThatTheyDoNotKnow) {
  expect_problem(R"({"rank":0,"op":"compute","second":"1 s"})",
                 "p.jsonl, line 2: second: unknown key; did you mean 'seconds'?");
  expect_problem(R"({"rank":0,"op":"send","to":1,"bytes":"1 B","until":"1 s"})", "line 2: until: unknown key");
  expect_problem(R"({"rank":0,"op":"exchange","sends":[{"to":1,"byte":"1 B"}]})",
                 "line 2: sends[0].byte: unknown key; did you mean 'bytes'?");
  expect_problem(R"({"rank":0,"op":"comput"})", "there is no operation 'comput'; did you mean 'compute'?");
  expect_problem(R"({"rank":0})", "p.jsonl, line 2: op: is missing");
  expect_problem(R"([])", "p.jsonl, line 2: must be an object, not a list ([])");
}

TEST(JsonLines, RefuseRanksThatThereAreNot) {
  expect_problem(R"({"rank":3,"op":"hold","until":"1 s"})", "rank: must be a whole number from 0 to 2, not 3");
  expect_problem(R"({"rank":-1,"op":"hold","until":"1 s"})", "rank: must be a whole number, not a number (-1)");
  expect_problem(R"({"op":"hold","until":"1 s"})", "rank: is missing");
  expect_problem(R"({"rank":0,"op":"send","to":7,"bytes":"1 B"})", "to: must be a whole number from 0 to 2, not 7");
  expect_problem(R"({"rank":0,"op":"send","to":0,"bytes":"1 B"})", "to: rank 0 needs no message to itself");
}

TEST(JsonLines, RefuseQuantitiesWithoutTheirUnit) {
  expect_problem(R"({"rank":0,"op":"compute","seconds":10})", "a bare number has no unit: write for example \"10 ms\"");
  expect_problem(R"({"rank":0,"op":"compute","seconds":"10 MB"})", "the unit 'MB' does not fit");
  expect_problem(R"({"rank":0,"op":"compute","seconds":"-1 s"})", "seconds: must not be negative, as \"-1 s\" is");
  expect_problem(R"({"rank":0,"op":"exchange","sends":[{"to":1,"bytes":"x"}]})", "line 2: sends[0].bytes: ");
  expect_problem(R"({"rank":0,"op":"compute"})", "line 2: there is nothing to compute; give \"seconds\",");
}

TEST(JsonLines, RefuseWorkThatNothingIsKnownOf) {
  expect_problem(R"({"rank":1,"op":"compute","flops":"1 TFLOP"})", "flops: nothing is known of the speed of device b");
  expect_problem(R"({"rank":0,"op":"compute","memory_traffic":"1 GB"})",
                 "nothing is known of the memory bandwidth of device a");
}

TEST(JsonLines, RefuseMessagesWithOneEnd) {
  expect_problem(R"({"rank":0,"op":"send","to":1,"bytes":"1 B"})",
                 "p.jsonl, line 2: under tag 0, rank 0 sends rank 1 1 message, but rank 1 receives none");
  expect_problem(R"({"rank":2,"op":"hold","until":"1 s"}
{"rank":0,"op":"receive","from":1,"tag":4})",
                 "line 3: under tag 4, rank 1 sends rank 0 no messages, but rank 0 receives 1");
  expect_problem(R"({"rank":0,"op":"send","to":1,"bytes":"1 B"}
{"rank":0,"op":"send","to":1,"bytes":"1 B"}
{"rank":1,"op":"receive","from":0})",
                 "line 2: under tag 0, rank 0 sends rank 1 2 messages, but rank 1 receives 1");
}

TEST(JsonLines, RefuseIdsThatDoNotFit) {
  expect_problem(R"({"rank":0,"op":"hold","until":"1 s","id":"a"}
{"rank":0,"op":"hold","until":"1 s","id":"a"})",
                 "line 3: id: rank 0 has an operation 'a' already, on line 2");
  expect_problem(R"({"rank":0,"op":"hold","until":"1 s","id":"first"}
{"rank":0,"op":"hold","until":"1 s","waits":["frist"]})",
                 "line 3: waits: rank 0 has no operation 'frist'; did you mean 'first'?");
  expect_problem(R"({"rank":0,"op":"hold","until":"1 s","id":"a"}
{"rank":1,"op":"hold","until":"1 s","waits":["a"]})",
                 "line 3: waits: rank 1 has no operation 'a'; the one on line 2 is rank 0's; operations wait");
  EXPECT_EQ(problem_of(R"({"rank":0,"op":"hold","until":"1 s","id":"a"}
{"rank":1,"op":"hold","until":"1 s","id":"a"})"),
            "none");
  expect_problem(R"({"rank":1,"op":"hold","until":"1 s","waits":"a"})", "waits: must be a list of texts, not text (a)");
}

TEST(JsonLines, RefuseOperationsThatWaitForEachOther) {
  expect_problem(R"({"rank":1,"stream":"x","op":"hold","until":"1 s","id":"a","waits":["b"]}
{"rank":1,"stream":"y","op":"hold","until":"1 s","id":"b","waits":["a"]})",
                 "line 2 waits for 'b' (line 3)\n  line 3 waits for 'a' (line 2)");
  expect_problem(R"({"rank":1,"op":"hold","until":"1 s","id":"a","waits":["a"]})", "line 2 waits for 'a' (line 2)");
  // By way of the order of streams.
  expect_problem(R"({"rank":1,"stream":"x","op":"hold","until":"1 s","waits":["b"]}
{"rank":1,"stream":"x","op":"hold","until":"1 s","id":"a"}
{"rank":1,"stream":"y","op":"hold","until":"1 s","waits":["a"]}
{"rank":1,"stream":"y","op":"hold","until":"1 s","id":"b"})",
                 "line 2 waits for 'b' (line 5)\n  line 4 waits for 'a' (line 3)");
  EXPECT_EQ(problem_of(R"({"rank":1,"stream":"x","op":"hold","until":"1 s","waits":["b"]}
{"rank":1,"stream":"x","op":"hold","until":"1 s","id":"a"}
{"rank":1,"stream":"y","op":"hold","until":"1 s","id":"b"}
{"rank":1,"stream":"y","op":"hold","until":"1 s","waits":["a"]})"),
            "none");
}

TEST(JsonLines, LetMembersMeetInACollectiveByItsName) {
  const auto program = read(R"({"format":"lockstep-program","version":1,"ranks":3}
{"rank":2,"op":"collective","name":"g","operation":"all_reduce","algorithm":"ring","bytes":"1 MB","ranks":[2,0]}
{"rank":0,"op":"collective","name":"g","operation":"all_reduce","algorithm":"ring","bytes":"1000 kB","ranks":[2,0]}
{"rank":0,"op":"collective","name":"h","operation":"barrier","algorithm":"ring"}
{"rank":1,"op":"collective","name":"h"}
{"rank":2,"op":"collective","name":"h"})");
  Op op;
  program->fetch(RankId(0), StreamId(0), 0, op);
  EXPECT_EQ(op.kind, OpKind::collective);
  EXPECT_EQ(op.member, RankId(1));
  EXPECT_EQ(*program->collective(op.collective).members, (std::vector{RankId(2), RankId(0)}));
  EXPECT_EQ(program->collective(op.collective).plan->rank_count(), 2U);
  op.clear();
  program->fetch(RankId(0), StreamId(0), 1, op);
  EXPECT_EQ(program->collective(op.collective).members->size(), 3U);
}

TEST(JsonLines, RefuseCollectivesWhoseMembersDisagree) {
  const std::string first =
      R"({"rank":0,"op":"collective","name":"g","operation":"all_reduce","algorithm":"ring","bytes":"1 MB","ranks":[0,1]})"
      "\n";
  expect_problem(first, "line 2: ranks: rank 1 is a member of collective 'g' but never takes part in it; add a line");
  expect_problem(first + R"({"rank":2,"op":"collective","name":"g"})", "line 3: rank: rank 2 is no member of");
  expect_problem(first + first, "line 3: name: rank 0 takes part in collective 'g' already, on line 2");
  expect_problem(first + R"({"rank":1,"op":"collective","name":"g","operation":"all_reduce","algorithm":"ring",)"
                         R"("bytes":"2 MB","ranks":[0,1]})",
                 "line 3: name: this line asks for another collective 'g' than line 2 does");
  expect_problem(first + R"({"rank":1,"op":"collective","name":"g","byte":"1 MB"})", "line 3: byte: unknown key");
  expect_problem(R"({"rank":0,"op":"collective","name":"g"})", "no earlier line says what collective 'g' does");
  expect_problem(R"({"rank":0,"op":"collective","name":"g","operation":"all_reduce","algorithm":"rong","bytes":"1 B"})",
                 "there is no collective algorithm 'rong'; did you mean 'ring'?");
  expect_problem(R"({"rank":0,"op":"collective","name":"g","operation":"barrier","ranks":[0,3]})",
                 "line 2: ranks: there is no rank 3");
  expect_problem(R"({"rank":0,"op":"collective","name":"g","operation":"barrier","ranks":[0,1,0]})",
                 "line 2: ranks: rank 0 is listed twice");
}

TEST(JsonLines, KeepStreamsThatReceiveAheadToTheirRule) {
  const std::string ahead = R"({"rank":0,"stream":"r","op":"stream","order":"ahead"})"
                            "\n";
  expect_problem(ahead + ahead, "line 3: stream: the order of a stream is stated before its operations, once");
  expect_problem(R"({"rank":0,"op":"stream","order":"behind"})", "there is no order 'behind'");
  expect_problem(ahead + R"({"rank":0,"stream":"r","op":"hold","until":"1 s"})", "is one receive");
  expect_problem(ahead + R"({"rank":0,"stream":"r","op":"receive","from":1,"waits":["a"]})", "waits for nothing else");
  expect_problem(ahead + R"({"rank":0,"stream":"r","op":"receive","from":1}
{"rank":0,"stream":"r","op":"receive","from":2})",
                 "all from one rank under one tag: here rank 1 and tag 0");
  expect_problem(ahead + R"({"rank":0,"stream":"r","op":"receive","from":1}
{"rank":0,"op":"receive","from":1})",
                 "line 4: two streams receive from rank 1 under tag 0, one of them ahead");
}

TEST(JsonLines, AreReadFromFiles) {
  const topology::Fleet fleet = pair_of_devices();
  const ProgramGround ground{.fleet = fleet, .devices = fleet.devices()};
  EXPECT_THROW(read_program_file("/no/such/file", ground), InputError);
  EXPECT_THROW(read_program_file("/", ground), InputError);
}

}  // namespace
}  // namespace lockstep::workloads
