#include "cli/table.hpp"

#include <algorithm>
#include <ostream>

#include "base/contract.hpp"
#include "cli/display_text.hpp"

namespace lockstep::cli {
namespace {

constexpr std::size_t gap = 2;

void print_line(std::ostream& out, const std::vector<std::string>& cells, const std::vector<Table::Column>& columns,
                const std::vector<std::size_t>& widths, std::size_t indent) {
  std::string line(indent, ' ');
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string padding(widths[i] - display_width(cells[i]), ' ');
    if (i > 0) line.append(gap, ' ');
    line += columns[i].align == Align::right ? padding + cells[i] : cells[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (Column& column : columns_) column.title = printable(column.title);
}

void Table::add_row(std::vector<std::string> cells) {
  LOCKSTEP_REQUIRE(cells.size() <= columns_.size());
  cells.resize(columns_.size());
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) widths.push_back(display_width(column.title));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  return widths;
}

void Table::print(std::ostream& out, std::size_t indent) const {
  const std::vector<std::size_t> column_widths = widths();
  std::vector<std::string> titles;
  std::vector<std::string> rule;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    titles.push_back(columns_[i].title);
    rule.emplace_back(column_widths[i], '-');
  }
  if (std::any_of(titles.begin(), titles.end(), [](const std::string& title) { return !title.empty(); })) {
    print_line(out, titles, columns_, column_widths, indent);
    print_line(out, rule, columns_, column_widths, indent);
  }
  for (const auto& row : rows_) print_line(out, row, columns_, column_widths, indent);
}

}  // namespace lockstep::cli
