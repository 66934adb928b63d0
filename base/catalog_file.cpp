#include "base/catalog_file.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace lockstep {
namespace {

// What every entry may say about itself, whatever its kind.
void check_provenance(const JsonFields& entry) {
  for (const char* key : {"name", "source", "notes"}) entry.maybe<std::string>(key);
  if (!entry.has("sources")) return;
  const JsonFields sources = entry.object("sources");
  for (const auto& [figure, unused] : entry.raw("sources")->items()) sources.required<std::string>(figure);
}

CatalogSection read_section(const std::shared_ptr<const Json>& document, const JsonFields& fields) {
  CatalogSection section;
  section.kind = Catalog::kind_called(fields.required<std::string>("kind"), fields.where("kind"));
  section.description = fields.value_or<std::string>("description", "");
  const JsonFields entries = fields.object("entries");
  fields.reject_unknown();
  for (const auto& [name, value] : fields.raw("entries")->items()) {
    if (name.empty()) entries.fail("", "an entry has an empty name");
    check_provenance(entries.object(name));
    section.entries.emplace_back(section.kind, name, std::shared_ptr<const Json>(document, &value), fields.file(),
                                 entries.path() + "." + name);
  }
  return section;
}

bool has_figure(const CatalogEntry& entry, const std::string& key) {
  return entry.value().contains(key);
}

bool resembles(const std::string& written, const std::string& key) {
  return suggest_name(written, {key}).starts_with("did you mean");
}

}  // namespace

std::vector<CatalogSection> read_catalog_text(const std::string& text, const std::string& file) {
  const auto document = std::make_shared<const Json>(parse_json(text, file));
  std::vector<CatalogSection> sections;
  if (!document->is_array()) {
    sections.push_back(read_section(document, JsonFields(*document, file)));
    return sections;
  }
  for (std::size_t i = 0; i < document->size(); ++i) {
    sections.push_back(read_section(document, JsonFields((*document)[i], file, '[' + std::to_string(i) + ']')));
  }
  return sections;
}

std::vector<std::string> catalog_files(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return {path};
  std::vector<std::string> files;
  for (auto item = std::filesystem::directory_iterator(path, error); !error && item != std::filesystem::end(item);
       item.increment(error)) {
    if (item->path().extension() == ".json") files.push_back(item->path().string());
  }
  if (error) throw InputError({.where = path, .problem = "the directory cannot be read: " + error.message()});
  if (files.empty()) {
    throw InputError({.where = path,
                      .problem = "the directory holds no *.json, so it is no catalog",
                      .suggestion = "name a file or a directory with files {\"kind\": …, \"entries\": {…}}"});
  }
  std::sort(files.begin(), files.end());
  return files;
}

void reject_misspelt_figures(const CatalogEntry& entry, const std::vector<CatalogEntry>& others) {
  if (others.empty()) return;
  for (const auto& [expected, unused] : others.front().value().items()) {
    const auto carries = [&key = expected](const CatalogEntry& other) { return has_figure(other, key); };
    if (carries(entry) || !std::all_of(others.begin(), others.end(), carries)) continue;
    for (const auto& [written, value] : entry.value().items()) {
      const auto knows = [&key = written](const CatalogEntry& other) { return has_figure(other, key); };
      if (!resembles(written, expected) || std::any_of(others.begin(), others.end(), knows)) continue;
      entry.fields().fail(written, "no other " + entry.kind() + " has such a figure, and all have '" + expected + "'",
                          "did you mean '" + expected + "'?");
    }
  }
}

}  // namespace lockstep
