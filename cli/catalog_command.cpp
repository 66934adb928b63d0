#include "cli/catalog_command.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/contract.hpp"
#include "cli/catalog_figures.hpp"
#include "cli/display_text.hpp"
#include "cli/table.hpp"

namespace lockstep::cli {
namespace {

constexpr std::size_t text_width = 100;

// Numbers each different text once and prints them below the table that refers to them.
class Footnotes {
 public:
  std::string mark(const std::string& text) {
    const auto known = std::find(texts_.begin(), texts_.end(), text);
    const auto index = known - texts_.begin();
    if (known == texts_.end()) texts_.push_back(text);
    return '[' + std::to_string(index + 1) + ']';
  }
  void print(std::ostream& out) const {
    if (!texts_.empty()) out << '\n';
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      print_wrapped(out, '[' + std::to_string(i + 1) + "] " + texts_[i], text_width);
    }
  }

 private:
  std::vector<std::string> texts_;
};

// A user's entry need not say more than where it stands.
std::string general_source(const CatalogEntry& entry) {
  const auto source = entry.value().find("source");
  return source == entry.value().end() ? "file " + entry.file() : source->get<std::string>();
}

void print_kinds(const Catalog& catalog, std::ostream& out) {
  Table table({{"kind"}, {"entries", Align::right}, {"what"}});
  for (const std::string& kind : Catalog::kinds()) {
    table.add_row({kind, std::to_string(catalog.names(kind).size()), catalog.description(kind)});
  }
  table.print(out);
}

std::string all_figures_in_a_line(const CatalogEntry& entry) {
  std::string line;
  for (const Figure& figure : figures(entry)) line += (line.empty() ? "" : ", ") + figure.path + ' ' + figure.text;
  return line;
}

void print_kind(const Catalog& catalog, const std::string& kind, std::ostream& out) {
  const auto telling = telling_columns(kind);
  std::vector<Table::Column> columns = {{kind}};
  for (const FigureColumn& column : telling) columns.push_back({std::string(column.title), column.align});
  if (telling.empty()) columns.push_back({"figures"});
  columns.push_back({"source"});
  Table table(columns);
  Footnotes sources;
  for (const std::string& name : catalog.names(kind)) {
    const CatalogEntry& entry = catalog.find(kind, name);
    std::vector<std::string> row = {name};
    for (const FigureColumn& column : telling) row.push_back(figure_text(entry, column.path).value_or(""));
    if (telling.empty()) row.push_back(all_figures_in_a_line(entry));
    row.push_back(sources.mark(general_source(entry)));
    table.add_row(std::move(row));
  }
  print_wrapped(out, catalog.description(kind), text_width);
  out << '\n';
  table.print(out);
  sources.print(out);
}

void print_entry(const CatalogEntry& entry, std::ostream& out) {
  const Json& value = entry.value();
  const std::string full_name = value.contains("name") ? ": " + value["name"].get<std::string>() : "";
  print_wrapped(out, entry.kind() + ' ' + entry.name() + full_name, text_width);
  out << '\n';
  Table table({{"figure"}, {"value"}, {"source"}});
  Footnotes sources;
  const std::string usual_source = sources.mark(general_source(entry));
  for (const Figure& figure : figures(entry)) {
    const auto own_source = source_of(entry, figure.path);
    table.add_row({figure.path, figure.text, own_source ? sources.mark(*own_source) : usual_source});
  }
  table.print(out);
  sources.print(out);
  if (value.contains("notes")) print_wrapped(out, "notes: " + value["notes"].get<std::string>(), text_width);
  print_wrapped(out, "file: " + entry.file(), text_width);
}

}  // namespace

void print_catalog(const Catalog& catalog, const CatalogQuery& query, std::ostream& out) {
  LOCKSTEP_REQUIRE(query.kind || !query.name);
  if (!query.kind) return print_kinds(catalog, out);
  const std::string kind = Catalog::kind_called(*query.kind);
  if (!query.name) return print_kind(catalog, kind, out);
  print_entry(catalog.find(kind, *query.name), out);
}

Json catalog_json(const Catalog& catalog, const CatalogQuery& query) {
  LOCKSTEP_REQUIRE(query.kind || !query.name);
  if (!query.kind) {
    Json kinds = Json::array();
    for (const std::string& kind : Catalog::kinds()) {
      kinds.push_back({{"kind", kind}, {"description", catalog.description(kind)}, {"names", catalog.names(kind)}});
    }
    return {{"kinds", std::move(kinds)}};
  }
  const std::string kind = Catalog::kind_called(*query.kind);
  const std::vector<std::string> names = query.name ? std::vector<std::string>{*query.name} : catalog.names(kind);
  Json entries = Json::object();
  for (const std::string& name : names) entries[name] = catalog.find(kind, name).value();
  return {{"kind", kind}, {"description", catalog.description(kind)}, {"entries", std::move(entries)}};
}

}  // namespace lockstep::cli
