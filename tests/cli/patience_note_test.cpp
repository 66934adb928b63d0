#include "cli/patience_note.hpp"

#include <gtest/gtest.h>

#include <future>

namespace lockstep::cli {
namespace {

TEST(PatienceNote, SaysSomethingWhileItTakesLong) {
  std::promise<std::string> said;
  bool is_first = true;
  const PatienceNote note(
      [&](const std::string& text) {
        if (is_first) said.set_value(text);
        is_first = false;
      },
      "; be patient", std::chrono::milliseconds(1));
  EXPECT_EQ(said.get_future().get(), "still simulating after 0 s; be patient");
}

TEST(PatienceNote, SaysNothingOfWhatIsQuick) {
  int said = 0;
  {
    const PatienceNote note([&](const std::string&) { ++said; }, "", std::chrono::hours(1));
  }
  EXPECT_EQ(said, 0);
}

}  // namespace
}  // namespace lockstep::cli
