#include "topology/formats/nvidia_smi_matrix.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.hpp"

namespace lockstep::topology {
namespace {

// Far more than a machine has; keeps a hostile header from asking for a matrix of terabytes.
constexpr std::size_t most_devices = 1024;

// Takes the next line off `text` as words, without the escapes that underline the header on terminals.
std::vector<std::string> take_words(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < end; ++i) {
    if (text[i] == '\x1b') {
      while (i + 1 < end && std::string_view("0123456789;[").find(text[i + 1]) != std::string_view::npos) ++i;
      ++i;  // the letter that ends the escape
    } else if (std::string_view(" \t\r").find(text[i]) == std::string_view::npos) {
      words.back() += text[i];
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  text.remove_prefix(std::min(end + 1, text.size()));
  return words;
}

bool is_gpu_name(std::string_view name) {
  return name.starts_with("GPU") && name.size() > 3 &&
         name.find_first_not_of("0123456789", 3) == std::string_view::npos;
}

// The header lists the devices, the first of them a GPU; the first row, which starts with the same name, holds an X.
bool is_header(const std::vector<std::string>& words) {
  return !words.empty() && is_gpu_name(words[0]) && std::find(words.begin(), words.end(), "X") == words.end();
}

std::optional<SmiRelation> relation_from(std::string_view word) {
  struct Token {
    std::string_view word;
    SmiDistance distance;
  };
  constexpr std::array<Token, 8> tokens = {{{"X", SmiDistance::self},
                                            {"PIX", SmiDistance::one_switch},
                                            {"PSB", SmiDistance::one_switch},
                                            {"PXB", SmiDistance::switches},
                                            {"PHB", SmiDistance::host_bridge},
                                            {"NODE", SmiDistance::numa_node},
                                            {"SYS", SmiDistance::system},
                                            {"SOC", SmiDistance::system}}};
  for (const Token& token : tokens) {
    if (token.word == word) return SmiRelation{token.distance};
  }
  if (!word.starts_with("NV")) return std::nullopt;
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(word.data() + 2, word.data() + word.size(), count);
  if (error != std::errc() || end != word.data() + word.size() || count == 0 || count > 1000) return std::nullopt;
  return SmiRelation{SmiDistance::nvlinks, count};
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& file) : rest_(text), file_(file) {}

  SmiMatrix parse() {
    read_header();
    read_rows();
    check_symmetry();
    read_nic_legend();
    return std::move(matrix_);
  }

 private:
  [[noreturn]] void fail(std::size_t line, const std::string& problem, const std::string& suggestion = "") const {
    throw InputError({.where = file_ + ": line " + std::to_string(line), .problem = problem, .suggestion = suggestion});
  }

  bool next_line() {
    if (rest_.empty()) return false;
    words_ = take_words(rest_);
    ++line_;
    return true;
  }

  void read_header() {
    do {
      if (!next_line()) {
        fail(line_, "there is no matrix here", "paste the whole output of 'nvidia-smi topo -m', its header GPU0 … too");
      }
    } while (!is_header(words_));
    // The columns on the right are called CPU Affinity, NUMA Affinity and GPU NUMA ID.
    const auto end = std::find_if(words_.begin(), words_.end(), [](const std::string& word) {
      return word == "CPU" || word == "NUMA" || word == "GPU";
    });
    matrix_.names.assign(words_.begin(), end);
    if (matrix_.size() > most_devices) fail(line_, "the matrix has more devices than any machine");
    for (auto name = matrix_.names.begin(); name != matrix_.names.end(); ++name) {
      if (std::find(matrix_.names.begin(), name, *name) != name) fail(line_, "two columns are called '" + *name + "'");
    }
    matrix_.relations.resize(matrix_.size() * matrix_.size());
    matrix_.affinity.resize(matrix_.size());
    row_lines_.resize(matrix_.size());
  }

  void read_rows() {
    while (next_line()) {
      if (words_.empty() && std::count(row_lines_.begin(), row_lines_.end(), 0) > 0) continue;
      if (words_.empty() || words_[0].starts_with("Legend")) break;
      read_row();
    }
    for (std::size_t device = 0; device < matrix_.size(); ++device) {
      if (row_lines_[device] == 0) {
        fail(line_, "the column '" + matrix_.names[device] + "' has no row", "paste the whole output");
      }
    }
  }

  void read_row() {
    const auto found = std::find(matrix_.names.begin(), matrix_.names.end(), words_[0]);
    if (found == matrix_.names.end()) {
      fail(line_, "the row '" + words_[0] + "' has no column", suggest_name(words_[0], matrix_.names));
    }
    const auto row = static_cast<std::size_t>(found - matrix_.names.begin());
    if (row_lines_[row] != 0) fail(line_, "this is the second row of '" + *found + "'");
    row_lines_[row] = line_;
    if (words_.size() < matrix_.size() + 1) {
      fail(line_, "the row '" + *found + "' has " + std::to_string(words_.size() - 1) + " relations, but there are " +
                      std::to_string(matrix_.size()) + " columns");
    }
    for (std::size_t column = 0; column < matrix_.size(); ++column) read_cell(row, column);
    if (words_.size() == matrix_.size() + 1) return;
    const std::string& affinity = words_[matrix_.size() + 1];
    if (relation_from(affinity)) fail(line_, "the row '" + *found + "' has more relations than there are columns");
    if (affinity != "N/A") matrix_.affinity[row] = affinity;
  }

  void read_cell(std::size_t row, std::size_t column) {
    const std::string& word = words_[column + 1];
    const auto relation = relation_from(word);
    const std::string cell = "'" + matrix_.names[row] + "' to '" + matrix_.names[column] + "'";
    if (!relation) {
      fail(line_, "the relation of " + cell + " is '" + word + "'",
           "it must be one of X, NV1, NV2, …, PIX, PXB, PHB, NODE, SYS");
    }
    if ((relation->distance == SmiDistance::self) != (row == column)) {
      fail(line_, "the relation of " + cell + " is '" + word + "'", "X stands on the diagonal and only there");
    }
    matrix_.relations[row * matrix_.size() + column] = *relation;
  }

  void check_symmetry() const {
    for (std::size_t a = 0; a < matrix_.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        if (matrix_.relation(a, b) == matrix_.relation(b, a)) continue;
        fail(row_lines_[a],
             "'" + matrix_.names[a] + "' is related otherwise to '" + matrix_.names[b] + "' than that to it",
             "compare line " + std::to_string(row_lines_[b]));
      }
    }
  }

  void read_nic_legend() {
    while (next_line()) {
      if (words_.size() == 2 && words_[0].starts_with("NIC") && words_[0].ends_with(":")) {
        matrix_.nic_legend[words_[0].substr(0, words_[0].size() - 1)] = words_[1];
      }
    }
  }

  std::string_view rest_;
  const std::string& file_;
  std::size_t line_ = 0;
  std::vector<std::string> words_;  // of the current line
  std::vector<std::size_t> row_lines_;
  SmiMatrix matrix_;
};

}  // namespace

bool SmiMatrix::is_gpu(std::size_t device) const {
  return is_gpu_name(names[device]);
}

SmiMatrix parse_smi_matrix(const std::string& text, const std::string& file) {
  return Parser(text, file).parse();
}

bool holds_smi_matrix(std::string_view text) {
  while (!text.empty()) {
    if (!is_header(take_words(text))) continue;
    const std::vector<std::string> first_row = take_words(text);
    return first_row.size() > 1 && is_gpu_name(first_row[0]) && relation_from(first_row[1]);
  }
  return false;
}

}  // namespace lockstep::topology
