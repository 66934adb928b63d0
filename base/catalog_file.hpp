#pragma once

#include <string>
#include <vector>

#include "base/catalog.hpp"

namespace lockstep {

// What a file says of one kind.
struct CatalogSection {
  std::string kind;
  std::string description;  // empty where the file gives none
  std::vector<CatalogEntry> entries;
};

// Reads {"kind": …, "entries": {…}} or a list of these. Throws InputError naming `file` and the path inside it.
std::vector<CatalogSection> read_catalog_text(const std::string& text, const std::string& file);

// The catalog files that `path` stands for: itself, or the *.json of a directory, sorted. Throws InputError for a
// directory without any.
std::vector<std::string> catalog_files(const std::string& path);

// Throws InputError where `entry` lacks a figure that all of `others` have and carries one that nobody has and that
// looks like it: the figure would silently count as absent.
void reject_misspelt_figures(const CatalogEntry& entry, const std::vector<CatalogEntry>& others);

}  // namespace lockstep
