#include "base/catalog.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/catalog_file.hpp"
#include "base/contract.hpp"
#include "base/error.hpp"
#include "base/text_file.hpp"

namespace lockstep {
namespace {

struct KindName {
  std::string_view name;
  std::string_view plural;  // also the stem of its file
};
constexpr std::array known_kinds = {KindName{"device", "devices"},
                                    KindName{"node", "nodes"},
                                    KindName{"fabric", "fabrics"},
                                    KindName{"cluster", "clusters"},
                                    KindName{"model", "models"},
                                    KindName{"grid", "grids"},
                                    KindName{"datacenter", "datacenters"},
                                    KindName{"cooling", "cooling"},
                                    KindName{"rack", "racks"},
                                    KindName{"pod", "pods"},
                                    KindName{"switch", "switches"},
                                    KindName{"interconnect", "interconnects"},
                                    KindName{"storage", "storage"},
                                    KindName{"reliability", "reliability"},
                                    KindName{"recovery", "recovery"},
                                    KindName{"pricing", "pricing"},
                                    KindName{"calibration", "calibration"}};

// Other words for a kind: what a scenario calls a fabric's figures, and what a cluster becomes.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> aliases = {
    {{"link", "fabric"}, {"links", "fabric"}, {"fleet", "cluster"}, {"fleets", "cluster"}}};

const KindName& kind_name(const std::string& kind) {
  for (const KindName& known : known_kinds) {
    if (known.name == kind) return known;
  }
  throw InputError(
      {.problem = "the catalog has no kind '" + kind + "'", .suggestion = suggest_name(kind, Catalog::kinds())});
}

void put(std::vector<CatalogEntry>& entries, CatalogEntry entry) {
  const auto same = std::find_if(entries.begin(), entries.end(),
                                 [&entry](const CatalogEntry& other) { return other.name() == entry.name(); });
  if (same == entries.end()) {
    entries.push_back(std::move(entry));
  } else {
    *same = std::move(entry);
  }
}

}  // namespace

CatalogEntry::CatalogEntry(std::string kind, std::string name, std::shared_ptr<const Json> value, std::string file,
                           std::string path)
    : kind_(std::move(kind)),
      name_(std::move(name)),
      value_(std::move(value)),
      file_(std::move(file)),
      path_(std::move(path)) {}

JsonFields CatalogEntry::fields() const {
  JsonFields fields(*value_, file_, path_);
  for (const char* key : {"name", "source", "sources", "notes"}) fields.raw(key);
  return fields;
}

Catalog::Catalog(std::span<const EmbeddedText> texts) : texts_(texts.begin(), texts.end()) {}

Catalog Catalog::bundled() {
  return Catalog(catalog_texts());
}

std::vector<std::string> Catalog::kinds() {
  std::vector<std::string> names;
  names.reserve(known_kinds.size());
  for (const KindName& known : known_kinds) names.emplace_back(known.name);
  return names;
}

std::string Catalog::kind_called(const std::string& word, const std::string& where) {
  for (const KindName& known : known_kinds) {
    if (word == known.name || word == known.plural) return std::string(known.name);
  }
  for (const auto& [alias, kind] : aliases) {
    if (word == alias) return std::string(kind);
  }
  throw InputError(
      {.where = where, .problem = "the catalog has no kind '" + word + "'", .suggestion = suggest_name(word, kinds())});
}

const Catalog::Section& Catalog::section(const std::string& kind) const {
  const std::string_view stem = kind_name(kind).plural;
  if (const auto asked = sections_.find(kind); asked != sections_.end()) return asked->second;
  Section section;
  for (const EmbeddedText& text : texts_) {
    if (text.file_stem != stem) continue;
    auto read = read_catalog_text(std::string(text.text), "catalog/" + std::string(stem) + ".json");
    LOCKSTEP_ENSURE(read.size() == 1 && read.front().kind == kind);
    section = {std::move(read.front().description), std::move(read.front().entries)};
  }
  return sections_.emplace(kind, std::move(section)).first->second;
}

void Catalog::add(const std::string& path) {
  std::map<std::string, Section> changed;
  for (const std::string& file : catalog_files(path)) {
    for (CatalogSection& read : read_catalog_text(read_text_file(file), file)) {
      const Section& present = section(read.kind);
      Section& target = changed.try_emplace(read.kind, present).first->second;
      for (CatalogEntry& entry : read.entries) {
        reject_misspelt_figures(entry, present.entries);
        put(target.entries, std::move(entry));
      }
    }
  }
  for (auto& [kind, content] : changed) sections_[kind] = std::move(content);
}

const std::string& Catalog::description(const std::string& kind) const {
  return section(kind).description;
}

std::vector<std::string> Catalog::names(const std::string& kind) const {
  const std::vector<CatalogEntry>& entries = section(kind).entries;
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const CatalogEntry& entry : entries) names.push_back(entry.name());
  return names;
}

const CatalogEntry& Catalog::find(const std::string& kind, const std::string& name, const std::string& where) const {
  for (const CatalogEntry& entry : section(kind).entries) {
    if (entry.name() == name) return entry;
  }
  throw InputError({.where = where,
                    .problem = "the catalog has no " + kind + " '" + name + "'",
                    .suggestion = suggest_name(name, names(kind))});
}

}  // namespace lockstep
