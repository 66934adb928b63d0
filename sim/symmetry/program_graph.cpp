#include "sim/symmetry/program_graph.hpp"

#include <algorithm>

#include "sim/symmetry/program_walk.hpp"

namespace lockstep::sim {

ProgramGraph::ProgramGraph(std::span<const Job> jobs, Repeats repeats) : bytes_of_phase_(jobs.size()) {
  ProgramWalk(*this, jobs, repeats);
}

std::optional<std::string> ProgramGraph::ambiguity(std::span<const Job> jobs) const {
  if (has_loose_ends()) return "some messages have nobody who sends or receives them";
  if (has_common_lines()) return "several streams of a rank have messages of one tag for the same rank";
  const bool combine_at_once = std::ranges::any_of(
      actors_, [&](const Actor& actor) { return jobs[actor.job].reduction_rate && combines_at_once(actor); });
  if (combine_at_once) return "several streams of a rank may combine what they receive, one after the other";
  return std::nullopt;
}

// Who sends or receives first then is decided by the order of events.
bool ProgramGraph::has_common_lines() const {
  return std::ranges::any_of(texts_, [](const RankText& text) {
    return std::ranges::any_of(text.names, [](const RankText::Name& name) {
      const bool is_line = name.naming == RankText::Naming::send || name.naming == RankText::Naming::receive;
      return is_line && !name.in_one_stream;
    });
  });
}

bool ProgramGraph::combines_at_once(const Actor& actor) const {
  std::uint32_t combining = 0;
  bool calls_at_once = false;
  for (const std::uint32_t part : actor.parts) {
    const RankText& own = text(parts_[part]);
    combining += own.combining;
    calls_at_once = calls_at_once || std::ranges::any_of(own.names, [](const RankText::Name& name) {
                      return name.naming == RankText::Naming::call && !name.in_one_stream;
                    });
  }
  return combining > 1 || (combining == 1 && calls_at_once);
}

bool ProgramGraph::has_loose_ends() const {
  return std::any_of(lines_.begin(), lines_.end(), [](const Line& line) {
    return line.sender.part == Line::nobody || line.receiver.part == Line::nobody;
  });
}

}  // namespace lockstep::sim
