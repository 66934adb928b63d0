#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json_fields.hpp"

namespace lockstep {
namespace {

std::string refusal(const std::string& text) {
  try {
    parse_json(text, "f.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(ParseJson, ReadsCommentsAndKeepsTheOrderOfKeys) {
  const Json json = parse_json("// first\n{\"b\": [1, 2.5, \"x\", null, true, -3], /* then */ \"a\": {}}", "f.json");
  EXPECT_EQ(json.dump(), "{\"b\":[1,2.5,\"x\",null,true,-3],\"a\":{}}");
}

TEST(ParseJson, RefusesAKeyGivenTwiceInOneObjectOnly) {
  EXPECT_EQ(refusal("{\"a\": {\"b\": 1}, \"b\": [{\"b\": 2}, {\"b\": 3}]}"), "");
  EXPECT_NE(refusal("{\"a\": {\"b\": 1, \"b\": 2}}").find("'b' is given twice"), std::string::npos);
}

TEST(ParseJson, RefusesNestingBeyondAHundredLevels) {
  EXPECT_EQ(refusal(std::string(100, '[') + std::string(100, ']')), "");
  EXPECT_NE(refusal(std::string(101, '[') + std::string(101, ']')).find("deeper than 100"), std::string::npos);
  EXPECT_NE(refusal(std::string(1'000'000, '[')).find("deeper than 100"), std::string::npos);
}

TEST(ParseJson, SaysWhereTheTextIsBroken) {
  EXPECT_NE(refusal("{\n  \"a\": 1,\n  oops}").find("line 3, column 3"), std::string::npos);
  EXPECT_NE(refusal("").find("broken JSON"), std::string::npos);
  EXPECT_NE(refusal("{} {}").find("broken JSON"), std::string::npos);
  EXPECT_NE(refusal("[1e999]").find("broken JSON"), std::string::npos);
}

}  // namespace
}  // namespace lockstep
