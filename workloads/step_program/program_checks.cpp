#include "workloads/step_program/program_checks.hpp"

#include <algorithm>
#include <tuple>

#include "base/error.hpp"

namespace lockstep::workloads {
namespace {

std::string in_quotes(const std::string& id) {
  return "'" + excerpt(id) + "'";
}

// Goes through the operations of one rank as a run would if each took no time, and finds those that are never reached.
class RankOrder {
 public:
  // An operation, by its number in the table, that waits for `target`.
  struct Step {
    std::size_t number;
    StreamId stream;
    std::uint64_t position;
    Wait target;
  };

  explicit RankOrder(const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      const std::size_t streams = std::max(step.stream.value(), step.target.stream.value()) + std::size_t{1};
      if (streams > steps_.size()) steps_.resize(streams);
      steps_[step.stream.value()].push_back(step);
    }
    next_.resize(steps_.size());
    woken_by_.resize(steps_.size());
  }

  // The steps of a circle, if there is one.
  std::vector<std::size_t> circle() {
    std::vector<std::uint32_t> going;
    for (std::uint32_t stream = 0; stream < steps_.size(); ++stream) going.push_back(stream);
    while (!going.empty()) {
      const std::uint32_t stream = going.back();
      going.pop_back();
      if (!advance(stream)) continue;
      going.insert(going.end(), woken_by_[stream].begin(), woken_by_[stream].end());
      woken_by_[stream].clear();
    }
    for (std::uint32_t stream = 0; stream < steps_.size(); ++stream) {
      if (is_stuck(stream)) return circle_through(stream);
    }
    return {};
  }

 private:
  bool is_stuck(std::uint32_t stream) const { return next_[stream] < steps_[stream].size(); }
  const Step& next(std::uint32_t stream) const { return steps_[stream][next_[stream]]; }
  bool is_done(const Wait& wait) const {
    const std::uint32_t stream = wait.stream.value();
    return !is_stuck(stream) || next(stream).position > wait.position;
  }
  // Whether the stream got further.
  bool advance(std::uint32_t stream) {
    const std::size_t before = next_[stream];
    while (is_stuck(stream) && is_done(next(stream).target)) ++next_[stream];
    if (is_stuck(stream)) woken_by_[next(stream).target.stream.value()].push_back(stream);
    return next_[stream] > before;
  }
  std::vector<std::size_t> circle_through(std::uint32_t stream) const {
    std::vector<bool> seen(steps_.size());
    for (; !seen[stream]; stream = next(stream).target.stream.value()) seen[stream] = true;
    std::vector<std::size_t> circle;
    const std::uint32_t first = stream;
    do {
      circle.push_back(next(stream).number);
      stream = next(stream).target.stream.value();
    } while (stream != first);
    return circle;
  }

  std::vector<std::vector<Step>> steps_;  // of each stream, in order
  std::vector<std::size_t> next_;         // of each stream: which of its steps comes next
  std::vector<std::vector<std::uint32_t>> woken_by_;
};

}  // namespace

void WaitTable::add_name(std::string_view id, const StatedOp& op) {
  const auto [known, is_new] = named_.try_emplace(key(op.rank, ids_.number_of(id)), op);
  if (is_new) return;
  throw InputError({.where = LinePlace{file_, op.line}.text() + ": id",
                    .problem = "rank " + std::to_string(op.rank.value()) + " has an operation " +
                               in_quotes(std::string(id)) + " already, on line " + std::to_string(known->second.line),
                    .suggestion = "an id is for one operation of a rank; other ranks may use it again"});
}

void WaitTable::add_wait(std::string_view id, const StatedOp& waiting) {
  waiting_.push_back({waiting, ids_.number_of(id)});
}

void WaitTable::resolve(std::span<Wait> waits) const {
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    const auto named = named_.find(key(waiting_[i].op.rank, waiting_[i].id));
    if (named == named_.end()) fail_unknown(waiting_[i]);
    waits[i] = {named->second.stream, named->second.position};
  }
}

void WaitTable::fail_unknown(const Waiting& waiting) const {
  const std::string where = LinePlace{file_, waiting.op.line}.text() + ": waits";
  const std::string id = ids_[waiting.id];
  const std::uint32_t rank = waiting.op.rank.value();
  std::vector<std::string> own;
  const StatedOp* elsewhere = nullptr;
  for (const auto& [key, op] : named_) {
    constexpr std::size_t most_compared = 10'000;
    if (key >> 32 == rank && own.size() < most_compared) own.push_back(ids_[static_cast<std::uint32_t>(key)]);
    const bool is_first = elsewhere == nullptr || op.line < elsewhere->line;
    if (static_cast<std::uint32_t>(key) == waiting.id && is_first) elsewhere = &op;
  }
  const std::string problem = "rank " + std::to_string(rank) + " has no operation " + in_quotes(id);
  if (elsewhere != nullptr) {
    throw InputError({.where = where,
                      .problem = problem + "; the one on line " + std::to_string(elsewhere->line) + " is rank " +
                                 std::to_string(elsewhere->rank.value()) + "'s",
                      .suggestion = "operations wait for others of their own rank; between ranks, send and receive"});
  }
  std::sort(own.begin(), own.end());
  constexpr std::size_t most_shown = 20;
  const std::string near = suggest_name(id, own);
  const bool is_list = own.size() > most_shown && !near.starts_with("did you mean");
  throw InputError({.where = where, .problem = problem, .suggestion = own.empty() || is_list ? "" : near});
}

void WaitTable::require_order(std::span<const Wait> waits, std::uint32_t ranks) const {
  std::vector<std::vector<std::uint32_t>> of_rank(waiting_.empty() ? 0 : ranks);
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    of_rank[waiting_[i].op.rank.value()].push_back(static_cast<std::uint32_t>(i));
  }
  for (const std::vector<std::uint32_t>& numbers : of_rank) {
    std::vector<RankOrder::Step> steps;
    steps.reserve(numbers.size());
    for (const std::uint32_t i : numbers) {
      steps.push_back({i, waiting_[i].op.stream, waiting_[i].op.position, waits[i]});
    }
    const std::vector<std::size_t> circle = RankOrder(steps).circle();
    if (circle.empty()) continue;
    std::string text = "operations of rank " + std::to_string(waiting_[circle.front()].op.rank.value()) +
                       " wait for each other, also by standing behind each other in their streams";
    for (const std::size_t i : circle) {
      text += "\n  line " + std::to_string(waiting_[i].op.line) + " waits for " + in_quotes(ids_[waiting_[i].id]) +
              " (line " + std::to_string(named_.at(key(waiting_[i].op.rank, waiting_[i].id)).line) + ")";
    }
    throw InputError({.where = LinePlace{file_, waiting_[circle.front()].op.line}.text() + ": waits", .problem = text});
  }
}

void MessageBalance::add_receive(const StatedOp& op, RankId from, Tag tag, bool ahead) {
  Ends& connection = ends(from, op.rank, tag, op.line);
  const bool is_first = connection.receives++ == 0;
  if (is_first) {
    connection.receiver = op.stream;
    connection.is_ahead = ahead;
    return;
  }
  if (connection.receiver == op.stream || !(connection.is_ahead || ahead)) return;
  throw InputError({.where = LinePlace{file_, op.line}.text(),
                    .problem = "two streams receive from rank " + std::to_string(from.value()) + " under tag " +
                               std::to_string(tag) + ", one of them ahead",
                    .suggestion = "give the messages of the stream that receives ahead a tag of their own"});
}

void MessageBalance::require_balance() const {
  const std::pair<const Key, Ends>* first = nullptr;
  for (const auto& connection : connections_) {
    if (connection.second.sends == connection.second.receives) continue;
    const auto order = [](const Key& key) { return std::tuple(key.from, key.to, key.tag); };
    if (first == nullptr || std::pair(connection.second.line, order(connection.first)) <
                                std::pair(first->second.line, order(first->first))) {
      first = &connection;
    }
  }
  if (first == nullptr) return;
  const auto& [key, ends] = *first;
  const std::string sender = "rank " + std::to_string(key.from.value());
  const std::string receiver = "rank " + std::to_string(key.to.value());
  const auto number = [](std::uint64_t messages) {
    return messages == 0 ? std::string("none") : std::to_string(messages);
  };
  throw InputError(
      {.where = LinePlace{file_, ends.line}.text(),
       .problem = "under tag " + std::to_string(key.tag) + ", " + sender + " sends " + receiver + " " +
                  (ends.sends == 1 ? "1 message"
                                   : (ends.sends == 0 ? std::string("no") : std::to_string(ends.sends)) + " messages") +
                  ", but " + receiver + " receives " + number(ends.receives),
       .suggestion = "every message needs one send and one receive of the same tag"});
}

}  // namespace lockstep::workloads
