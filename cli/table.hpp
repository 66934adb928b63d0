#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace lockstep::cli {

enum class Align { left, right };

// A table for people to read: columns two spaces apart, a rule below the titles, no space at the end of a line.
class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  // Without any title, titles and rule are left out.
  explicit Table(std::vector<Column> columns);

  // One cell a column; missing ones at the end stay empty.
  void add_row(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  // Every line begins with `indent` spaces.
  void print(std::ostream& out, std::size_t indent = 0) const;

 private:
  std::vector<std::size_t> widths() const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace lockstep::cli
