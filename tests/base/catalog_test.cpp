#include "base/catalog.hpp"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "tests/own_folder.hpp"

namespace lockstep {
namespace {

// A directory of a user's catalog files that vanishes with the test.
class UserCatalog : public testing::Test {
 protected:
  static std::string file(const std::string& name, const std::string& text) { return own_file(name, text); }
  static std::string directory() { return own_folder().string(); }

  // What the catalog says against a file with this text.
  InputError::Text refusal(const std::string& text) const {
    try {
      Catalog::bundled().add(file("refused.json", text));
    } catch (const InputError& error) {
      return error.text();
    }
    ADD_FAILURE() << "accepted: " << text;
    return {.problem = ""};
  }
};

TEST(Catalog, ParsesAKindOnlyWhenItIsAskedFor) {
  constexpr std::array texts = {
      EmbeddedText{"devices", "{broken"},
      EmbeddedText{"nodes", R"({"kind": "node", "description": "Two.", "entries": {"A": {}, "B": {}}})"}};
  const Catalog catalog(texts);
  EXPECT_EQ(catalog.names("node"), (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(catalog.description("node"), "Two.");
  EXPECT_THROW(catalog.names("device"), InputError);
  EXPECT_THROW(catalog.names("device"), InputError) << "a kind that failed must not look empty the second time";
}

TEST(Catalog, HasNothingToSayOfAKindWithoutFile) {
  const Catalog catalog(std::span<const EmbeddedText>{});
  EXPECT_TRUE(catalog.names("device").empty());
  EXPECT_EQ(catalog.description("device"), "");
}

TEST(Catalog, SuggestsTheNearestNameAtThePlaceThatAskedForIt) {
  try {
    Catalog::bundled().find("device", "h10", "my.json: fleet.node.device");
    FAIL() << "found a device that does not exist";
  } catch (const InputError& error) {
    EXPECT_EQ(error.text().where, "my.json: fleet.node.device");
    EXPECT_EQ(error.text().problem, "the catalog has no device 'h10'");
    EXPECT_EQ(error.text().suggestion, "did you mean 'H100'?");
  }
}

TEST(Catalog, ListsTheValidNamesWhereNoneIsNear) {
  try {
    Catalog::bundled().find("node", "a machine of my own");
    FAIL() << "found a node that does not exist";
  } catch (const InputError& error) {
    EXPECT_EQ(error.text().suggestion, "valid names: DGX_H100, DGX_A100, HGX_H800, DGX_B200, Kempner_H100_4GPU");
  }
}

TEST(Catalog, KnowsKindsInSingularPluralAndByOtherWords) {
  for (const std::string& kind : Catalog::kinds()) EXPECT_EQ(Catalog::kind_called(kind), kind);
  EXPECT_EQ(Catalog::kind_called("devices"), "device");
  EXPECT_EQ(Catalog::kind_called("switches"), "switch");
  EXPECT_EQ(Catalog::kind_called("link"), "fabric");
  EXPECT_EQ(Catalog::kind_called("links"), "fabric");
  EXPECT_EQ(Catalog::kind_called("fleets"), "cluster");
}

TEST(Catalog, RefusesAKindItDoesNotHave) {
  EXPECT_THROW(Catalog::bundled().names("gadget"), InputError);
  try {
    Catalog::kind_called("modle");
    FAIL() << "knew a kind that does not exist";
  } catch (const InputError& error) {
    EXPECT_EQ(error.text().suggestion, "did you mean 'model'?");
  }
}

TEST_F(UserCatalog, ReplacesAWholeEntryAndLeavesTheOthers) {
  Catalog catalog = Catalog::bundled();
  const std::vector<std::string> before = catalog.names("device");
  catalog.add(file("mine.json", R"({"kind": "device", "entries": {"A100": {"compute": "1 TFLOP/s"}}})"));
  EXPECT_EQ(catalog.find("device", "A100").value(), Json::parse(R"({"compute": "1 TFLOP/s"})"));
  EXPECT_EQ(catalog.find("device", "A100").file(), directory() + "/mine.json");
  EXPECT_EQ(catalog.find("device", "H100").file(), "catalog/devices.json");
  EXPECT_EQ(catalog.names("device"), before);
}

TEST_F(UserCatalog, AppendsNewEntriesOfSeveralKinds) {
  Catalog catalog = Catalog::bundled();
  catalog.add(file("mine.json", R"([
    {"kind": "fabric", "entries": {"Mine": {"bandwidth": "1 GB/s"}}},  // comments are welcome
    {"kind": "models", "description": "not shown", "entries": {"Toy": {"parameters": 10}}}
  ])"));
  EXPECT_EQ(catalog.names("fabric").back(), "Mine");
  EXPECT_EQ(catalog.find("model", "Toy").fields().required<std::int64_t>("parameters"), 10);
  EXPECT_NE(catalog.description("model"), "not shown");
}

TEST_F(UserCatalog, ReadsADirectoryInTheOrderOfItsFileNames) {
  file("b.json", R"({"kind": "pod", "entries": {"Pod": {"devices": 2}}})");
  file("a.json", R"({"kind": "pod", "entries": {"Pod": {"devices": 1}, "Other": {"devices": 3}}})");
  file("notes.txt", "no catalog");
  Catalog catalog = Catalog::bundled();
  catalog.add(directory());
  EXPECT_EQ(catalog.find("pod", "Pod").value()["devices"], 2);
  EXPECT_EQ(catalog.names("pod"), (std::vector<std::string>{"TPUv4_4096", "Pod", "Other"}));
}

TEST_F(UserCatalog, IsTakenAsAWholeOrNotAtAll) {
  file("a.json", R"({"kind": "pod", "entries": {"Pod": {}}})");
  file("b.json", "{}");
  Catalog catalog = Catalog::bundled();
  EXPECT_THROW(catalog.add(directory()), InputError);
  EXPECT_EQ(catalog.names("pod"), std::vector<std::string>{"TPUv4_4096"});
}

TEST_F(UserCatalog, SurvivesInCopiesOfTheCatalog) {
  Catalog catalog = Catalog::bundled();
  catalog.add(file("mine.json", R"({"kind": "pod", "entries": {"Pod": {"devices": 7}}})"));
  const Catalog copy = catalog;
  catalog = Catalog::bundled();
  EXPECT_EQ(copy.find("pod", "Pod").value()["devices"], 7);
}

TEST_F(UserCatalog, GivesReadersTheFileAndPathOfItsMistakes) {
  Catalog catalog = Catalog::bundled();
  catalog.add(file("mine.json", R"([{"kind": "fabric", "entries": {"Mine": {"bandwidth": 50, "source": "me"}}}])"));
  const JsonFields fields = catalog.find("fabric", "Mine").fields();
  try {
    fields.required<Bandwidth>("bandwidth");
    FAIL() << "a bandwidth without unit was read";
  } catch (const InputError& error) {
    EXPECT_EQ(error.text().where, directory() + "/mine.json: [0].entries.Mine.bandwidth");
  }
  EXPECT_NO_THROW(fields.reject_unknown()) << "what every entry may say of itself is never unknown";
}

TEST_F(UserCatalog, TeachesWhatItsFilesLookLike) {
  EXPECT_EQ(refusal(R"({"entries": {}})").problem, "the field 'kind' is missing");
  EXPECT_EQ(refusal(R"({"kind": "pod"})").problem, "the field 'entries' is missing");
  EXPECT_EQ(refusal(R"({"kind": "devcie", "entries": {}})").suggestion, "did you mean 'device'?");
  EXPECT_EQ(refusal(R"({"kind": "pod", "entires": {}, "entries": {}})").suggestion, "did you mean 'entries'?");
  EXPECT_TRUE(refusal(R"({"kind": "pod", "entries": {"A": 3}})").where.ends_with("refused.json: entries.A"));
  EXPECT_TRUE(refusal(R"({"kind": "pod", "entries": []})").problem.starts_with("must be an object"));
  EXPECT_TRUE(refusal(R"([{"kind": "pod", "entries": {}}, 7])").where.ends_with("refused.json: [1]"));
  EXPECT_EQ(refusal(R"({"kind": "pod", "entries": {"": {}}})").problem, "an entry has an empty name");
  EXPECT_TRUE(refusal("\"pod\"").problem.starts_with("must be an object"));
  EXPECT_TRUE(refusal("{\"kind\": ").problem.starts_with("broken JSON at line 1"));
}

TEST_F(UserCatalog, StatesItsSourcesAsTexts) {
  EXPECT_TRUE(refusal(R"({"kind": "pod", "entries": {"A": {"source": 1}}})").where.ends_with("entries.A.source"));
  EXPECT_TRUE(refusal(R"({"kind": "pod", "entries": {"A": {"sources": "me"}}})").where.ends_with("entries.A.sources"));
  EXPECT_TRUE(
      refusal(R"({"kind": "pod", "entries": {"A": {"sources": {"x": 1}}}})").where.ends_with("entries.A.sources.x"));
}

TEST_F(UserCatalog, IsWarnedOfAMisspeltFigureThatEveryOtherEntryHas) {
  const InputError::Text text = refusal(R"({"kind": "device", "entries": {"Mine": {"memroy": "8 GiB"}}})");
  EXPECT_TRUE(text.where.ends_with("refused.json: entries.Mine.memroy"));
  EXPECT_EQ(text.suggestion, "did you mean 'memory'?");
}

TEST_F(UserCatalog, MayLeaveFiguresOutAndAddItsOwn) {
  Catalog catalog = Catalog::bundled();
  // "l1_cache" is near to "l2_cache", but that is no figure that every device has.
  EXPECT_NO_THROW(catalog.add(file("mine.json", R"({"kind": "device", "entries": {"Mine": {"l1_cache": "1 MB"}}})")));
}

TEST_F(UserCatalog, MustExist) {
  Catalog catalog = Catalog::bundled();
  EXPECT_THROW(catalog.add(directory() + "/absent.json"), InputError);
  EXPECT_THROW(catalog.add(directory()), InputError) << "a directory without any *.json";
}

}  // namespace
}  // namespace lockstep
