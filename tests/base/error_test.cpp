#include "base/error.hpp"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(InputError, SaysWhereWhatAndWhatInstead) {
  const InputError error({.where = "a.json: link", .problem = "is odd", .suggestion = "make it even"});
  EXPECT_STREQ(error.what(), "a.json: link: is odd; make it even");
  EXPECT_EQ(error.text().where, "a.json: link");
  EXPECT_STREQ(InputError({.problem = "is odd"}).what(), "is odd");
}

TEST(InputError, NeverPassesOnBytesThatAreNotText) {
  const auto shown = [](const std::string& bytes) { return InputError({.problem = bytes}).text().problem; };
  EXPECT_EQ(shown("größer als 2\u00b5s \U0001F680\n"), "größer als 2\u00b5s \U0001F680\n");
  EXPECT_EQ(shown("\x1b[31mred\x07"), "?[31mred?");
  EXPECT_EQ(shown("\u009b31mred"), "?31mred");
  EXPECT_EQ(shown(std::string("a\0b", 3)), "a?b");
  EXPECT_EQ(shown("cut \xe2\x82"), "cut ??");
  EXPECT_EQ(shown("overlong \xc0\xaf"), "overlong ??");
  EXPECT_EQ(shown("surrogate \xed\xa0\x80"), "surrogate ???");
  EXPECT_EQ(shown("beyond \xf4\x90\x80\x80"), "beyond ????");
  EXPECT_EQ(shown("\xff!"), "?!");
}

TEST(Excerpt, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(excerpt("short"), "short");
  const std::string a57(57, 'a');
  const std::string a59(59, 'a');
  const std::string a60(60, 'a');
  EXPECT_EQ(excerpt(a60), a60);
  EXPECT_EQ(excerpt(a60 + "b"), a60 + "…");
  EXPECT_EQ(excerpt(a59 + "µµ"), a59 + "…");
  EXPECT_EQ(excerpt(a57 + "\U0001F680b"), a57 + "…");
  EXPECT_EQ(excerpt(std::string(200, '\x80')).size(), 56 + std::string("…").size());
}

TEST(SuggestName, FindsSlips) {
  const std::vector<std::string> names = {"ring", "torus", "fat_tree", "rail_optimized"};
  EXPECT_EQ(suggest_name("tours", names), "did you mean 'torus'?");
  EXPECT_EQ(suggest_name("Ring", names), "did you mean 'ring'?");
  EXPECT_EQ(suggest_name("fat-tree", names), "did you mean 'fat_tree'?");
  EXPECT_EQ(suggest_name("rail_optimised", names), "did you mean 'rail_optimized'?");
  EXPECT_EQ(suggest_name("railoptimize", names), "did you mean 'rail_optimized'?");
}

TEST(SuggestName, PrefersTheNearest) {
  EXPECT_EQ(suggest_name("latencies", {"latent", "latency"}), "did you mean 'latency'?");
}

TEST(SuggestName, ListsTheValidNamesWhereNoneIsNear) {
  EXPECT_EQ(suggest_name("banana", {"ring", "torus"}), "valid names: ring, torus");
  EXPECT_EQ(suggest_name("banana", {}), "");
  EXPECT_EQ(suggest_name("", {"ring", "torus"}), "valid names: ring, torus");
}

TEST(SuggestName, AnswersShortlyToEndlessInput) {
  EXPECT_EQ(suggest_name(std::string(1'000'000, 'x'), {"ring"}), "valid names: ring");
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back("vertex" + std::to_string(i));
  const std::string list = suggest_name("banana", many);
  EXPECT_TRUE(list.ends_with("vertex59 and 40 more")) << list;
}

}  // namespace
}  // namespace lockstep
