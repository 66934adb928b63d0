#include "workloads/step_program/line_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/random_stream.hpp"

namespace lockstep::workloads {
namespace {

Json as_json(const LineJson& line, const LineJson::Node& node) {
  switch (node.kind) {
    case LineJson::Kind::object:
    case LineJson::Kind::list: {
      Json json = node.kind == LineJson::Kind::object ? Json::object() : Json::array();
      for (std::uint32_t i = node.first; i != LineJson::none; i = line[i].next) {
        if (json.is_object()) {
          json[std::string(line[i].key)] = as_json(line, line[i]);
        } else {
          json.push_back(as_json(line, line[i]));
        }
      }
      return json;
    }
    case LineJson::Kind::text:
      return std::string(node.text);
    default:
      return Json::parse(node.text);
  }
}

// What the line says, or why it cannot be read.
std::string read(LineJson& line, const std::string& text) {
  try {
    line.parse(text, {"a.jsonl", 7});
  } catch (const InputError& error) {
    return error.what();
  }
  return as_json(line, line.root()).dump();
}

std::string expected(const std::string& text) {
  try {
    return parse_line(text, {"a.jsonl", 7}).dump();
  } catch (const InputError& error) {
    return error.what();
  }
}

constexpr const char* usual = R"( {"rank": 12, "op":"exchange","sends" : [{"to":1,"bytes":"1 MB"},{"to":-2.5e+3}],)"
                              "\t"
                              R"("receives":[], "a":{}, "b":[true,false,null,[0]]} )";

TEST(LineJson, ReadsUsualLinesAsTheParserOfAllFilesDoes) {
  LineJson line;
  EXPECT_EQ(read(line, usual), expected(usual));
}

TEST(LineJson, ReadsUnusualLinesToo) {
  LineJson line;
  for (const char* text :
       {R"({"a\n":"\u00fc\"","b":"ü"})", R"({"a":1} // comment)", R"([[[[[[1]]]]]])", "\"x\"", "{\"a\" :\r 1}"}) {
    EXPECT_EQ(read(line, text), expected(text));
    EXPECT_NE(read(line, text).find_first_of("[{\""), std::string::npos);
  }
}

TEST(LineJson, SaysWhereInTheLineItIsBroken) {
  LineJson line;
  EXPECT_EQ(read(line, R"({"rank":0,,})").substr(0, 44), "a.jsonl, line 7: broken JSON at column 11: s");
  EXPECT_NE(read(line, R"({"rank":0,"rank":1})").find("given twice"), std::string::npos);
}

TEST(LineJson, AgreesWithTheParserOnDamagedLines) {
  static const std::string pieces = "{}[]\",:/*\\ \xff\xc3 eE+-.0195tfn";
  RandomStream random(3, "lines");
  LineJson line;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = usual;
    for (std::uint64_t damage = 0; damage <= random.below(3); ++damage) {
      const std::size_t place = random.below(text.size());
      if (random.below(2) == 0) {
        text.erase(place, 1 + random.below(3));
      } else {
        text[place] = pieces[random.below(pieces.size())];
      }
    }
    const std::string result = read(line, text);
    ASSERT_EQ(result, expected(text)) << text;
    if (result.starts_with("a.jsonl")) ++refused;
  }
  EXPECT_GT(refused, 2'000);
  EXPECT_LT(refused, 18'000);
}

}  // namespace
}  // namespace lockstep::workloads
