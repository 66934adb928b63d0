#include "base/json_setting.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace lockstep {
namespace {

TEST(JsonSetting, TakesJsonOrABareString) {
  Json document = Json::object();
  apply_setting(document, "a.b=3");
  apply_setting(document, "a.c=2 us");
  apply_setting(document, "d=[1,2]");
  apply_setting(document, "e=true");
  EXPECT_EQ(document.dump(), R"({"a":{"b":3,"c":"2 us"},"d":[1,2],"e":true})");
}

TEST(JsonSetting, NamesListItemsByNumber) {
  Json document = Json::parse(R"({"list":[{"x":1},{"x":2}]})");
  apply_setting(document, "list.1.x=5");
  EXPECT_EQ(document["list"][1]["x"], 5);
  EXPECT_THROW(apply_setting(document, "list.2.x=5"), InputError);
  EXPECT_THROW(apply_setting(document, "list.x=5"), InputError);
}

TEST(JsonSetting, RefusesWhatHasNoPlace) {
  Json document = Json::parse(R"({"a":1})");
  EXPECT_THROW(apply_setting(document, "a.b=1"), InputError);
  EXPECT_THROW(apply_setting(document, "a"), InputError);
  EXPECT_THROW(apply_setting(document, "=1"), InputError);
}

TEST(JsonSetting, KeepsEqualSignsOfTheValue) {
  Json document = Json::object();
  apply_setting(document, "a=b=c");
  EXPECT_EQ(document["a"], "b=c");
}

}  // namespace
}  // namespace lockstep
