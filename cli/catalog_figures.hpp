#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/catalog.hpp"
#include "cli/table.hpp"

// What of a catalog entry is shown, and how.
namespace lockstep::cli {

struct Figure {
  std::string path;  // "scaleup_link.bandwidth"
  std::string text;  // "450 GB/s"
};

// Every figure, in the entry's order; "name", "source", "sources" and "notes" are none.
std::vector<Figure> figures(const CatalogEntry& entry);

// The text at `path` of the entry; none where it has no such figure.
std::optional<std::string> figure_text(const CatalogEntry& entry, std::string_view path);

// The entry's own word on where `path` comes from, or on the figure that holds it; none where it says nothing special.
std::optional<std::string> source_of(const CatalogEntry& entry, std::string_view path);

// A column in the table of a kind.
struct FigureColumn {
  std::string_view title;
  std::string_view path;
  Align align;
};

// The most telling figures of a kind; empty where its entries have little in common.
std::span<const FigureColumn> telling_columns(std::string_view kind);

}  // namespace lockstep::cli
