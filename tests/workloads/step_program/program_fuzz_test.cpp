#include <gtest/gtest.h>

#include <sstream>

#include "base/error.hpp"
#include "base/random_stream.hpp"
#include "topology/fleet_builder.hpp"
#include "workloads/step_program/json_lines.hpp"

// A damaged program is either read or refused with an InputError.
namespace lockstep::workloads {
namespace {

using namespace literals;

constexpr const char* sound = R"({"format":"lockstep-program","version":1,"ranks":3}
{"rank":0,"op":"compute","seconds":"10 ms","label":"F0","id":"a"}
{"rank":0,"stream":"comm","op":"send","to":1,"bytes":"1 MB","tag":2,"waits":["a"]}
{"rank":1,"op":"receive","from":0,"tag":2,"reduce":"1 MB","id":"b"}
{"rank":1,"op":"hold","until":"1 s"}
{"rank":1,"stream":"x","op":"exchange","sends":[{"to":2,"bytes":"2 kB","messages":2}],"receives":[{"from":2}],"waits":["b"]}
{"rank":2,"stream":"x","op":"exchange","sends":[{"to":1,"bytes":"2 kB"}],"receives":[{"from":1}]}
{"rank":2,"stream":"y","op":"stream","order":"ahead"}
{"rank":2,"stream":"y","op":"receive","from":1,"tag":5}
{"rank":1,"stream":"z","op":"send","to":2,"bytes":"1 B","tag":5}
{"rank":0,"op":"collective","name":"c","operation":"all_reduce","algorithm":"ring","bytes":"1 MB","ranks":[2,0]}
{"rank":2,"op":"collective","name":"c"}
)";

TEST(ProgramFuzz, DamagedProgramsAreReadOrRefused) {
  topology::FleetBuilder builder("star");
  const auto hub = builder.add_switch("hub");
  for (const char* name : {"a", "b", "c"}) {
    builder.add_cable(builder.add_device(name), hub, {.bandwidth = 1.0_GB_per_s, .latency = {}});
  }
  const topology::Fleet fleet = builder.build();
  const auto read = [&](const std::string& text) {
    std::istringstream in(text);
    return read_program(in, "p.jsonl", {.fleet = fleet, .devices = fleet.devices()});
  };
  ASSERT_EQ(read(sound)->rank_count(), 3U);
  static const std::string pieces = "{}[]\",:\n \xff eE-.012345";
  RandomStream random(4, "programs");
  int refused = 0;
  constexpr int attempts = 20'000;
  for (int i = 0; i < attempts; ++i) {
    std::string text = sound;
    for (std::uint64_t damage = 0; damage <= random.below(3); ++damage) {
      const std::size_t place = random.below(text.size());
      const std::size_t length = 1 + random.below(12);
      switch (random.below(3)) {
        case 0:
          text.erase(place, length);
          break;
        case 1:
          text.insert(random.below(text.size()), std::string(text, place, length));
          break;
        default:
          text[place] = pieces[random.below(pieces.size())];
      }
    }
    try {
      read(text);
    } catch (const InputError& error) {
      EXPECT_FALSE(error.text().problem.empty());
      EXPECT_TRUE(error.text().where.starts_with("p.jsonl")) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, attempts / 2);
  EXPECT_LT(refused, attempts);
}

}  // namespace
}  // namespace lockstep::workloads
