#include "cli/catalog_command.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "tests/own_folder.hpp"

namespace lockstep::cli {
namespace {

std::string printed(const Catalog& catalog, const CatalogQuery& query) {
  std::ostringstream out;
  print_catalog(catalog, query, out);
  return out.str();
}

constexpr std::array small_catalog = {
    EmbeddedText{"fabrics", R"({"kind": "fabric", "description": "Networks.", "entries": {
      "Fast": {"name": "Fast Net", "bandwidth": "50 GB/s", "latency": "5 us", "topology": "fat_tree",
               "source": "a datasheet", "sources": {"latency": "measured"}, "notes": "Only a sample."},
      "Slow": {"bandwidth": "1 GB/s", "source": "a datasheet"}}})"},
    EmbeddedText{"pricing", R"({"kind": "pricing", "description": "Prices.", "entries": {
      "power": {"usd_per_kwh": 0.12, "tiers": [1, 2000000], "source": "a bill"}}})"}};

TEST(CatalogCommand, ListsKindsWithTheirSizes) {
  const std::string text = printed(Catalog::bundled(), {});
  EXPECT_TRUE(text.starts_with("kind          entries  what\n")) << text;
  EXPECT_NE(text.find("\ndevice             31  Accelerators"), std::string::npos) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2 + static_cast<int>(Catalog::kinds().size()));
}

TEST(CatalogCommand, ShowsTheTellingFiguresOfAKindOneEntryARow) {
  EXPECT_EQ(printed(Catalog(small_catalog), {.kind = "fabrics"}),
            "Networks.\n"
            "\n"
            "fabric  bandwidth  latency  topology  oversubscription  source\n"
            "------  ---------  -------  --------  ----------------  ------\n"
            "Fast      50 GB/s     5 us  fat_tree                    [1]\n"
            "Slow       1 GB/s                                       [1]\n"
            "\n"
            "[1] a datasheet\n");
}

TEST(CatalogCommand, ShowsAllFiguresOfAKindWhoseEntriesHaveLittleInCommon) {
  EXPECT_EQ(printed(Catalog(small_catalog), {.kind = "pricing"}),
            "Prices.\n"
            "\n"
            "pricing  figures                                     source\n"
            "-------  ------------------------------------------  ------\n"
            "power    usd_per_kwh 0.12, tiers[0] 1, tiers[1] 2e6  [1]\n"
            "\n"
            "[1] a bill\n");
}

TEST(CatalogCommand, ShowsEveryFigureOfAnEntryWithItsSource) {
  EXPECT_EQ(printed(Catalog(small_catalog), {.kind = "link", .name = "Fast"}),
            "fabric Fast: Fast Net\n"
            "\n"
            "figure     value     source\n"
            "---------  --------  ------\n"
            "bandwidth  50 GB/s   [1]\n"
            "latency    5 us      [2]\n"
            "topology   fat_tree  [1]\n"
            "\n"
            "[1] a datasheet\n"
            "[2] measured\n"
            "notes: Only a sample.\n"
            "file: catalog/fabrics.json\n");
}

TEST(CatalogCommand, GivesTheSourceOfAGroupToEachOfItsFigures) {
  const std::string text = printed(Catalog::bundled(), {.kind = "node", .name = "DGX_H100"});
  EXPECT_NE(text.find("\nlink.bandwidth      450 GB/s  [2]\nlink.latency        250 ns    [2]\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("\n[2] NVLink 4.0"), std::string::npos) << text;
}

TEST(CatalogCommand, PrintsEveryBundledEntryWithoutTrailingSpaces) {
  const Catalog catalog = Catalog::bundled();
  for (const std::string& kind : Catalog::kinds()) {
    EXPECT_EQ(printed(catalog, {.kind = kind}).find(" \n"), std::string::npos) << kind;
    for (const std::string& name : catalog.names(kind)) {
      const std::string text = printed(catalog, {.kind = kind, .name = name});
      EXPECT_TRUE(text.starts_with(std::string(kind).append(" ").append(name))) << text;
      EXPECT_EQ(text.find(" \n"), std::string::npos) << text;
    }
  }
}

TEST(CatalogCommand, NamesTheFileOfAUsersEntryAsItsSource) {
  const std::string path = own_file("mine.json", R"({"kind": "pod", "entries": {"Mine": {"devices": 2}}})");
  Catalog catalog = Catalog::bundled();
  catalog.add(path);
  EXPECT_NE(printed(catalog, {.kind = "pods"}).find("file " + path + '\n'), std::string::npos);
}

TEST(CatalogCommand, RefusesUnknownKindsAndNames) {
  EXPECT_THROW(printed(Catalog::bundled(), {.kind = "gadgets"}), InputError);
  EXPECT_THROW(printed(Catalog::bundled(), {.kind = "devices", .name = "H101"}), InputError);
  EXPECT_THROW(catalog_json(Catalog::bundled(), {.kind = "devices", .name = "H101"}), InputError);
}

TEST(CatalogJson, ListsKindsWithTheirNames) {
  const Json json = catalog_json(Catalog(small_catalog), {});
  ASSERT_EQ(json["kinds"].size(), Catalog::kinds().size());
  EXPECT_EQ(json["kinds"][2],
            Json::parse(R"({"kind": "fabric", "description": "Networks.", "names": ["Fast", "Slow"]})"));
}

TEST(CatalogJson, GivesAKindInTheFormOfItsFile) {
  EXPECT_EQ(catalog_json(Catalog(small_catalog), {.kind = "links"}), Json::parse(small_catalog[0].text));
}

TEST(CatalogJson, GivesAnEntryInTheFormOfACatalogThatCanBeReadBack) {
  const std::string text = catalog_json(Catalog::bundled(), {.kind = "devices", .name = "H100"}).dump();
  const std::array texts = {EmbeddedText{"devices", text}};
  const Catalog copy(texts);
  EXPECT_EQ(copy.names("device"), std::vector<std::string>{"H100"});
  EXPECT_EQ(copy.find("device", "H100").value(), Catalog::bundled().find("device", "H100").value());
}

}  // namespace
}  // namespace lockstep::cli
