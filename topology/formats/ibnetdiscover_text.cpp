#include "topology/formats/ibnetdiscover_text.hpp"

#include <array>
#include <charconv>
#include <unordered_set>

#include "base/error.hpp"
#include "topology/formats/import_text.hpp"

namespace lockstep::topology {
namespace {

struct LaneRate {
  std::string_view name;
  double bits_per_s;  // of data, one lane
};
// Signalling rate times coding: 8b/10b up to QDR, 64b/66b from FDR10 on; from HDR on PAM4 with the forward error
// correction inside the signalling rate, named by its data rate. InfiniBand Architecture Specification volume 2 and the
// roadmap of the InfiniBand Trade Association (4x: SDR 8, DDR 16, QDR 32, FDR 54.5, EDR 100, HDR 200, NDR 400, XDR
// 800).
constexpr std::array lane_rates = {LaneRate{"SDR", 2.5e9 * 8 / 10},
                                   LaneRate{"DDR", 5e9 * 8 / 10},
                                   LaneRate{"QDR", 10e9 * 8 / 10},
                                   LaneRate{"FDR10", 10.3125e9 * 64 / 66},
                                   LaneRate{"FDR", 14.0625e9 * 64 / 66},
                                   LaneRate{"EDR", 25.78125e9 * 64 / 66},
                                   LaneRate{"HDR", 50e9},
                                   LaneRate{"NDR", 100e9},
                                   LaneRate{"XDR", 200e9}};
constexpr std::array lane_counts = {1, 2, 4, 8, 12};

// Reads the pieces of one line from left to right.
class LinePieces {
 public:
  LinePieces(std::string_view line, std::string where) : rest_(line), where_(std::move(where)) {}

  std::string quoted() {
    skip_blanks();
    if (!rest_.starts_with('"')) fail("a name in quotes is missing");
    const std::size_t end = rest_.find('"', 1);
    if (end == std::string_view::npos) fail("a quote is not closed");
    std::string text(trimmed(rest_.substr(1, end - 1)));
    rest_.remove_prefix(end + 1);
    return text;
  }

  // "[12]"
  std::uint32_t port() {
    skip_blanks();
    const std::size_t end = rest_.find(']');
    std::uint32_t number = 0;
    if (!rest_.starts_with('[') || end == std::string_view::npos) fail("a port number in brackets is missing");
    const auto [last, error] = std::from_chars(rest_.data() + 1, rest_.data() + end, number);
    if (error != std::errc() || last != rest_.data() + end) fail("a port number is not a number");
    rest_.remove_prefix(end + 1);
    return number;
  }

  // A port's GUID "(e41d2d0300f0d5a1)" or its number on the chassis "[ext 3]", which say nothing new.
  void skip_annotations() {
    for (skip_blanks(); rest_.starts_with('(') || rest_.starts_with("[ext"); skip_blanks()) {
      const std::size_t end = rest_.find_first_of(")]");
      if (end == std::string_view::npos) fail("a bracket is not closed");
      rest_.remove_prefix(end + 1);
    }
  }

  // Moves to the next quote; false when there is none.
  bool seek_quote() {
    const std::size_t at = rest_.find('"');
    if (at == std::string_view::npos) return false;
    rest_.remove_prefix(at);
    return true;
  }

  std::string_view word() {
    skip_blanks();
    const std::size_t end = std::min(rest_.find_first_of(" \t"), rest_.size());
    const std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return text;
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw InputError(
        {.where = where_,
         .problem = problem,
         .suggestion = "lines read like: [1] \"H-506b4b0300c1d2e0\"[1](506b4b0300c1d2e0) # \"n1 HCA-1\" lid 3 4xNDR"});
  }

 private:
  void skip_blanks() {
    while (rest_.starts_with(' ') || rest_.starts_with('\t')) rest_.remove_prefix(1);
  }

  std::string_view rest_;
  std::string where_;
};

// "Switch 65 "S-…" # "description" …"; nothing for lines that begin differently.
std::optional<InfinibandNode> section_head(std::string_view line, const std::string& where) {
  LinePieces pieces(line, where);
  const std::string_view kind = pieces.word();
  if (kind != "Switch" && kind != "Ca" && kind != "Rt") return std::nullopt;
  // "Switch : 0x… ports 36" is a line of ibswitches, not of ibnetdiscover.
  if (!number_in(pieces.word())) pieces.fail("the number of ports is missing");
  InfinibandNode node;
  node.id = pieces.quoted();
  if (node.id.empty()) pieces.fail("the identifier is empty");
  if (pieces.seek_quote()) node.description = pieces.quoted();
  return node;
}

// "[1](guid) "S-…"[17] # lid 4 lmc 0 "description" lid 1 4xNDR"
void add_port(std::string_view line, std::size_t number, const std::string& where, InfinibandNode& node) {
  LinePieces pieces(line, where);
  const std::uint32_t port = pieces.port();
  pieces.skip_annotations();
  InfinibandNode::Peer peer;
  peer.line = number;
  peer.id = pieces.quoted();
  if (peer.id.empty()) pieces.fail("the identifier is empty");
  peer.port = pieces.port();
  if (pieces.seek_quote()) peer.description = pieces.quoted();
  for (std::string_view word = pieces.word(); !word.empty(); word = pieces.word()) {
    if (const auto speed = infiniband_speed(word)) peer.speed = speed;
  }
  if (!node.ports.try_emplace(port, std::move(peer)).second) {
    pieces.fail("port " + std::to_string(port) + " of '" + node.id + "' is listed twice");
  }
}

}  // namespace

std::optional<Bandwidth> infiniband_speed(std::string_view width_and_rate) {
  const std::size_t times = width_and_rate.find('x');
  if (times == std::string_view::npos) return std::nullopt;
  for (const int lanes : lane_counts) {
    if (width_and_rate.substr(0, times) != std::to_string(lanes)) continue;
    for (const LaneRate& rate : lane_rates) {
      if (width_and_rate.substr(times + 1) == rate.name) return Bandwidth(lanes * rate.bits_per_s / 8);
    }
  }
  return std::nullopt;
}

std::vector<InfinibandNode> parse_ibnetdiscover(const std::string& text, const std::string& file) {
  std::vector<InfinibandNode> nodes;
  std::unordered_set<std::string> ids;
  LineReader lines(text);
  for (std::string_view line; lines.next(line);) {
    const std::string where = at_line(file, lines.number());
    if (line.starts_with('[')) {
      if (nodes.empty()) throw InputError({.where = where, .problem = "a port is listed before any switch or adapter"});
      add_port(line, lines.number(), where, nodes.back());
    } else if (auto node = section_head(line, where)) {
      if (!ids.insert(node->id).second) {
        throw InputError({.where = where, .problem = "'" + node->id + "' is described twice"});
      }
      nodes.push_back(*std::move(node));
    }
    // Everything else (GUIDs, chassis headings, warnings of the tool) says nothing of the fabric.
  }
  return nodes;
}

}  // namespace lockstep::topology
