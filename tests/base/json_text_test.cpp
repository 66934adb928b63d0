#include "base/json_text.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace lockstep {
namespace {

std::string refusal(const std::string& text) {
  try {
    return "read as " + parse_json(text, "a.json").dump();
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(JsonText, ReadsEveryKindOfValueInOrder) {
  const std::string text = R"({"z":[1,-2,2.5,1e3,true,false,null,"ä\n"],"a":{},"m":{"k":[]}})";
  EXPECT_EQ(parse_json(text, "").dump(), R"({"z":[1,-2,2.5,1000.0,true,false,null,"ä\n"],"a":{},"m":{"k":[]}})");
  EXPECT_EQ(parse_json(" 7 ", "").dump(), "7");
  EXPECT_EQ(parse_json("\xef\xbb\xbf{}", "").dump(), "{}");
}

TEST(JsonText, AllowsComments) {
  EXPECT_EQ(parse_json("// one\n{\"a\": /* two */ 1} // three", "").dump(), R"({"a":1})");
}

TEST(JsonText, NamesLineAndColumnOfBrokenText) {
  EXPECT_EQ(refusal("{\n  \"a\": 1,\n  \"b\" 2\n}").substr(0, 40), "a.json: broken JSON at line 3, column 7:");
  EXPECT_EQ(refusal("{\n  \"a\": [1,").substr(0, 41), "a.json: broken JSON at line 2, column 11:");
  EXPECT_EQ(refusal("{\"ü\" x}").substr(0, 40), "a.json: broken JSON at line 1, column 6:");
  EXPECT_EQ(refusal("{\r\n\"a\":\r\n}").substr(0, 40), "a.json: broken JSON at line 3, column 1:");
  EXPECT_EQ(refusal("").substr(0, 40), "a.json: broken JSON at line 1, column 1:");
  EXPECT_EQ(refusal("{} {}").substr(0, 40), "a.json: broken JSON at line 1, column 4:");
}

TEST(JsonText, RefusesWhatIsNoJson) {
  for (const std::string text : {"{", "}", "[1,]", "{\"a\":1,}", "{a:1}", "'a'", "01", "+1", "1.", ".5", "NaN",
                                 "Infinity", "tru", "\"a", "\"\\x\"", "\"\t\"", "/* open", "\"\\ud800\""}) {
    EXPECT_TRUE(refusal(text).starts_with("a.json: broken JSON at line 1, column ")) << text << " " << refusal(text);
  }
  for (const std::string text : {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\xff"}) {
    EXPECT_TRUE(refusal(text).starts_with("a.json: broken JSON at line 1, column ")) << refusal(text);
  }
}

TEST(JsonText, RefusesNulCharacters) {
  EXPECT_EQ(refusal(std::string("{}\n\0{", 5)), "a.json: broken JSON at line 2, column 1: a NUL character");
}

TEST(JsonText, RefusesNumbersBeyondDouble) {
  EXPECT_EQ(refusal("[1e400]"), "a.json: broken JSON at line 1, column 6: number overflow parsing '1e400'");
}

TEST(JsonText, RefusesKeysGivenTwiceNamingTheirPath) {
  EXPECT_EQ(refusal(R"({"a": 1, "a": 2})"), "a.json: a: the key is given twice in one object; remove one of them");
  EXPECT_EQ(refusal(R"({"a": [{}, {"b": {"c": 1, "d": {"c": 1}, "c": 2}}]})"),
            "a.json: a[1].b.c: the key is given twice in one object; remove one of them");
  EXPECT_EQ(parse_json(R"([{"a": 1}, {"a": {"a": 2}}])", "").size(), 2U);
}

TEST(JsonText, RefusesNestingBombs) {
  const std::string expected = "a.json: the JSON is nested deeper than 100 levels";
  EXPECT_EQ(refusal(std::string(100'000, '[')), expected);
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(refusal(objects), expected);
  EXPECT_EQ(refusal(std::string(101, '[') + std::string(101, ']')), expected);
  EXPECT_EQ(refusal(std::string(100, '[') + std::string(100, ']')).substr(0, 7), "read as");
}

TEST(JsonText, CutsEndlessTokensShort) {
  const std::string endless(1'000'000, '9');
  EXPECT_LT(refusal("\"" + endless).size(), 300U);
  EXPECT_LT(refusal(endless).size(), 300U);
  EXPECT_LT(refusal(endless + "x").size(), 300U);
}

TEST(JsonText, TakesTimeInProportionToTheLength) {
  const auto time_to_read = [](int members) {
    std::string text = "{";
    for (int i = 0; i < members; ++i) text += "\"member" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    text.back() = '}';
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(parse_json(text, "").size(), static_cast<std::size_t>(members));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  // Looking each key up among those before it would take minutes.
  EXPECT_LT(time_to_read(400'000), 20.0);
}

}  // namespace
}  // namespace lockstep
