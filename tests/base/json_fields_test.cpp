#include "base/json_fields.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace lockstep {
namespace {

// What a reader says about `text`; "" when it is content.
std::string refusal(const std::string& text, const std::function<void(const JsonFields&)>& read) {
  const Json json = parse_json(text, "a.json");
  try {
    read(JsonFields(json, "a.json"));
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(JsonFields, ReadsEveryKindOfValue) {
  const Json json = parse_json(R"({"flag": true, "text": "x", "real": 2, "whole": -3, "time": "2 us", "size": "1 KiB",
      "work": "1 TFLOP", "bandwidth": "8 Gbit/s", "speed": "1 GFLOP/s", "rate": "5 Hz", "flags": [true, false],
      "reals": [1, 2.5], "wholes": [1, 2], "texts": [], "times": ["1 s", "2 ms"], "sizes": ["1 B"]})",
                               "");
  const JsonFields fields(json, "");
  EXPECT_TRUE(fields.required<bool>("flag"));
  EXPECT_EQ(fields.required<std::string>("text"), "x");
  EXPECT_EQ(fields.required<double>("real"), 2);
  EXPECT_EQ(fields.required<std::int64_t>("whole"), -3);
  EXPECT_EQ(fields.required<Seconds>("time"), Seconds(2e-6));
  EXPECT_EQ(fields.required<Bytes>("size"), Bytes(1024));
  EXPECT_EQ(fields.required<Flops>("work"), Flops(1e12));
  EXPECT_EQ(fields.required<Bandwidth>("bandwidth"), Bandwidth(1e9));
  EXPECT_EQ(fields.required<FlopRate>("speed"), FlopRate(1e9));
  EXPECT_EQ(fields.required<Frequency>("rate"), Frequency(5));
  EXPECT_EQ(fields.required<std::vector<bool>>("flags"), (std::vector<bool>{true, false}));
  EXPECT_EQ(fields.required<std::vector<double>>("reals"), (std::vector<double>{1, 2.5}));
  EXPECT_EQ(fields.required<std::vector<std::int64_t>>("wholes"), (std::vector<std::int64_t>{1, 2}));
  EXPECT_TRUE(fields.required<std::vector<std::string>>("texts").empty());
  EXPECT_EQ(fields.required<std::vector<Seconds>>("times"), (std::vector<Seconds>{Seconds(1), Seconds(2e-3)}));
  EXPECT_EQ(fields.required<std::vector<Bytes>>("sizes"), (std::vector<Bytes>{Bytes(1)}));
  fields.reject_unknown();
}

TEST(JsonFields, AbsentFieldsHaveDefaults) {
  const Json json = Json::object();
  const JsonFields fields(json, "");
  EXPECT_FALSE(fields.has("a"));
  EXPECT_EQ(fields.maybe<double>("a"), std::nullopt);
  EXPECT_EQ(fields.value_or("a", 4.0), 4);
  EXPECT_EQ(fields.count_or("a", 5, 0, 9), 5);
  EXPECT_EQ(fields.choice_or("a", "ring", {"ring", "tree"}), "ring");
  EXPECT_TRUE(fields.objects("a").empty());
  EXPECT_EQ(fields.raw("a"), nullptr);
}

TEST(JsonFields, WholeNumbersMayBeWrittenAsReals) {
  const auto whole = [](const std::string& text) {
    const Json json = parse_json("{\"n\": " + text + "}", "");
    return JsonFields(json, "").required<std::int64_t>("n");
  };
  EXPECT_EQ(whole("1e3"), 1000);
  EXPECT_EQ(whole("-2.0"), -2);
  EXPECT_EQ(whole("9007199254740992.0"), std::int64_t{1} << 53);
  EXPECT_EQ(whole("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(whole("-9223372036854775808"), INT64_MIN);
  for (const char* text : {"1.5", "1e300", "9223372036854775808", "99999999999999999999", "\"1\"", "true", "null"}) {
    EXPECT_THROW(whole(text), InputError) << text;
  }
}

TEST(JsonFields, NamesFilePathKindAndValueOfAWrongKind) {
  EXPECT_EQ(refusal(R"({"a": "1"})", [](auto& fields) { fields.template required<double>("a"); }),
            "a.json: a: must be a plain number, not text (\"1\")");
  EXPECT_EQ(refusal(R"({"a": [1]})", [](auto& fields) { fields.template required<bool>("a"); }),
            "a.json: a: must be true or false, not a list ([1])");
  EXPECT_EQ(refusal(R"({"a": null})", [](auto& fields) { fields.template maybe<std::string>("a"); }),
            "a.json: a: must be text, not null (null)");
  EXPECT_EQ(refusal(R"({"a": [1, "b"]})", [](auto& fields) { fields.template required<std::vector<double>>("a"); }),
            "a.json: a[1]: must be a plain number, not text (\"b\")");
  EXPECT_EQ(refusal(R"({"a": {"b": 3}})", [](auto& fields) { fields.object("a").object("b"); }),
            "a.json: a.b: must be an object {…}, not a number (3)");
  EXPECT_EQ(refusal(R"({"a": {}})", [](auto& fields) { fields.objects("a"); }),
            "a.json: a: must be a list of objects, not an object ({})");
  EXPECT_EQ(refusal("[]", [](auto&) {}), "a.json: must be an object {…}, not a list ([])");
}

TEST(JsonFields, ABareNumberIsNoQuantity) {
  EXPECT_EQ(
      refusal(R"({"a": 5})", [](auto& fields) { fields.template required<Seconds>("a"); }),
      "a.json: a: must be text with a number and its unit, not a number (5); a bare number has no unit: write for "
      "example \"2 us\"");
  EXPECT_EQ(
      refusal(R"({"a": true})", [](auto& fields) { fields.template required<Bandwidth>("a"); }),
      "a.json: a: must be text with a number and its unit, not true or false (true); write for example \"50 GB/s\"");
}

TEST(JsonFields, AQuantityIsNotNegative) {
  EXPECT_EQ(
      refusal(R"({"a": ["1 s", "-5 us"]})", [](auto& fields) { fields.template required<std::vector<Seconds>>("a"); }),
      "a.json: a[1]: must not be negative, as \"-5 us\" is");
}

TEST(JsonFields, UnknownKeysAreAnErrorNamingTheNearestValidKey) {
  const auto read = [](const JsonFields& fields) {
    for (const JsonFields& link : fields.objects("links")) {
      link.maybe<Bandwidth>("bandwidth");
      link.maybe<Seconds>("latency");
      link.reject_unknown();
    }
  };
  EXPECT_EQ(refusal(R"({"links": [{"latency": "1 us"}, {"latncy": "1 us"}]})", read),
            "a.json: links[1].latncy: unknown key; did you mean 'latency'?");
  EXPECT_EQ(refusal(R"({"links": [{"colour": "red"}]})", read),
            "a.json: links[0].colour: unknown key; valid names: bandwidth, latency");
}

TEST(JsonFields, QuestionsOfACopyCount) {
  EXPECT_EQ(refusal(R"({"a": 1})",
                    [](JsonFields fields) {
                      const JsonFields copy = fields;
                      copy.has("a");
                      fields.reject_unknown();
                    }),
            "");
}

TEST(JsonFields, AMissingFieldPointsAtItsMisspeltNeighbour) {
  const auto read = [](const JsonFields& fields) {
    fields.maybe<double>("hight");
    fields.required<double>("height");
  };
  EXPECT_EQ(refusal(R"({"heigth": 1})", read), "a.json: the field 'height' is missing; is 'heigth' meant to be it?");
  EXPECT_EQ(refusal(R"({"width": 1})", read), "a.json: the field 'height' is missing");
  // A key with a meaning of its own is no slip.
  EXPECT_EQ(refusal(R"({"hight": 1})", read), "a.json: the field 'height' is missing");
  EXPECT_EQ(refusal(R"({"x": {}})", [](auto& fields) { fields.object("x").object("y"); }),
            "a.json: x: the field 'y' is missing");
}

TEST(JsonFields, CountsHaveBounds) {
  const auto read = [](const JsonFields& fields) { fields.count("n", 1, 8); };
  EXPECT_EQ(refusal(R"({"n": 1})", read), "");
  EXPECT_EQ(refusal(R"({"n": 8})", read), "");
  EXPECT_EQ(refusal(R"({"n": 0})", read), "a.json: n: must be between 1 and 8, not 0");
  EXPECT_EQ(refusal(R"({"n": 9})", read), "a.json: n: must be between 1 and 8, not 9");
}

TEST(JsonFields, ChoicesTeachTheValidNames) {
  const auto read = [](const JsonFields& fields) { fields.choice("kind", {"ring", "tree"}); };
  EXPECT_EQ(refusal(R"({"kind": "tree"})", read), "");
  EXPECT_EQ(refusal(R"({"kind": "tre"})", read), "a.json: kind: there is no 'tre' here; did you mean 'tree'?");
  EXPECT_EQ(refusal(R"({"kind": "star"})", read), "a.json: kind: there is no 'star' here; valid names: ring, tree");
}

TEST(JsonFields, PlacesAreWrittenWithWhatIsKnown) {
  const Json json = Json::object();
  EXPECT_EQ(JsonFields(json, "a.json", "fleet").where("link"), "a.json: fleet.link");
  EXPECT_EQ(JsonFields(json, "a.json").where(), "a.json");
  EXPECT_EQ(JsonFields(json, "", "fleet").where(), "fleet");
}

}  // namespace
}  // namespace lockstep
