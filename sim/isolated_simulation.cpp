#include "sim/isolated_simulation.hpp"

#include <cstring>
#include <optional>

#include "sim/engines/flow_sharing.hpp"

namespace lockstep::sim {
namespace {

// Timelines as bytes, doubles as they are: parent and child are the same program.
class TimelineWriter {
 public:
  template <class Number>
  void add(const Number& number) {
    static_assert(std::is_trivially_copyable_v<Number>);
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof(Number));
  }
  template <class Number>
  void add(const std::vector<Number>& numbers) {
    add(numbers.size());
    for (const Number& number : numbers) add(number);
  }
  void add(const JobTimeline& job) {
    const auto& [start, end, rank_end, bytes_of_phase, step_ends, repeated] = job;
    add(start);
    add(end);
    add(rank_end);
    add(bytes_of_phase);
    add(step_ends);
    add(repeated);
  }
  void add(const Timeline& timeline) {
    const auto& [end, jobs, events, simulated, message_bytes, link_bytes, busy, folding] = timeline;
    add(end);
    add(jobs);
    add(events);
    add(simulated);
    add(message_bytes);
    add(link_bytes);
    add(busy);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads in the order of TimelineWriter.
class TimelineReader {
 public:
  explicit TimelineReader(std::string_view bytes) : bytes_(bytes) {}

  template <class Number>
  void get(Number& number) {
    static_assert(std::is_trivially_copyable_v<Number>);
    std::memcpy(&number, bytes_.data(), sizeof(Number));
    bytes_.remove_prefix(sizeof(Number));
  }
  template <class Number>
  void get(std::vector<Number>& numbers) {
    std::size_t size = 0;
    get(size);
    numbers.resize(size);
    for (Number& number : numbers) get(number);
  }
  void get(JobTimeline& job) {
    auto& [start, end, rank_end, bytes_of_phase, step_ends, repeated] = job;
    get(start);
    get(end);
    get(rank_end);
    get(bytes_of_phase);
    get(step_ends);
    get(repeated);
  }
  void get(Timeline& timeline) {
    auto& [end, jobs, events, simulated, message_bytes, link_bytes, busy, folding] = timeline;
    get(end);
    get(jobs);
    get(events);
    get(simulated);
    get(message_bytes);
    get(link_bytes);
    get(busy);
  }

 private:
  std::string_view bytes_;
};

}  // namespace

Timeline IsolatedResult::timeline() const {
  Timeline timeline;
  TimelineReader(answer_.bytes()).get(timeline);
  return timeline;
}

std::vector<IsolatedResult> simulate_isolated(std::span<const Simulation> simulations, unsigned at_once) {
  std::vector<ChildTask> tasks;
  for (const Simulation& simulation : simulations) {
    if (simulation.options.network == "fluid") preload_flow_sharing();
    tasks.emplace_back([&simulation] {
      TimelineWriter writer;
      std::optional<Conditions> own;
      if (simulation.conditions != nullptr) own = *simulation.conditions;
      writer.add(simulate(simulation.fleet, simulation.jobs, simulation.options, nullptr, own ? &*own : nullptr));
      return writer.take();
    });
  }
  std::vector<IsolatedResult> results;
  for (ChildAnswer& answer : run_in_children(tasks, at_once)) results.emplace_back(std::move(answer));
  return results;
}

Timeline simulate_isolated(const topology::Fleet& fleet, std::span<const Job> jobs, const EngineOptions& options) {
  const Simulation simulation{.fleet = fleet, .jobs = jobs, .options = options};
  return simulate_isolated({&simulation, 1}, 1).front().timeline();
}

}  // namespace lockstep::sim
