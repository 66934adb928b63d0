#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/catalog_texts.hpp"
#include "base/json_fields.hpp"

namespace lockstep {

// One named thing of the catalog: a device, a node, a price, … with its figures and where they come from.
class CatalogEntry {
 public:
  CatalogEntry(std::string kind, std::string name, std::shared_ptr<const Json> value, std::string file,
               std::string path);

  const std::string& kind() const { return kind_; }
  const std::string& name() const { return name_; }
  // An object; dimensional figures are texts with a unit, "source", "sources" and "notes" say where they come from.
  const Json& value() const { return *value_; }
  // The file it was read from; "catalog/devices.json" for bundled ones.
  const std::string& file() const { return file_; }
  // Reads the figures one by one; errors name the entry's file and path. What the catalog itself uses ("name",
  // "source", "sources", "notes") counts as asked for. The entry must outlive the reader.
  JsonFields fields() const;

 private:
  std::string kind_;
  std::string name_;
  std::shared_ptr<const Json> value_;
  std::string file_;
  std::string path_;
};

// The entries by kind and name: the bundled ones, then a user's, which replace bundled ones of the same name whole.
// A bundled kind is parsed when it is first asked for, so a catalog that nobody asks costs nothing; for the same reason
// one catalog serves one thread.
class Catalog {
 public:
  static Catalog bundled();
  // Each text is one file of the catalog, named after the plural of its kind, and must outlive the catalog.
  explicit Catalog(std::span<const EmbeddedText> texts);

  // Reads a user's file, or every *.json of a directory in the order of their names. A file holds
  // {"kind": …, "entries": {name: {…}}} or a list of these. Throws InputError and changes nothing when one is wrong.
  void add(const std::string& path);

  // All kinds, in the order in which a reader meets them ("device", "node", …).
  static std::vector<std::string> kinds();
  // The kind that a person calls `word`: "devices" is "device", and "link" is "fabric". Throws InputError otherwise.
  static std::string kind_called(const std::string& word, const std::string& where = "");

  // These take a kind as `kinds()` spells it and throw InputError for any other.
  const std::string& description(const std::string& kind) const;
  std::vector<std::string> names(const std::string& kind) const;
  // The entry, valid until the next `add`. Throws InputError at `where` with the nearest or all valid names.
  const CatalogEntry& find(const std::string& kind, const std::string& name, const std::string& where = "") const;

 private:
  struct Section {
    std::string description;
    std::vector<CatalogEntry> entries;  // in the order of their files
  };
  const Section& section(const std::string& kind) const;

  std::vector<EmbeddedText> texts_;
  mutable std::map<std::string, Section> sections_;  // the kinds that were asked for
};

}  // namespace lockstep
