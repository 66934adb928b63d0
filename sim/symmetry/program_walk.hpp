#pragma once

#include <deque>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "sim/symmetry/program_graph.hpp"

namespace lockstep::sim {

// Writes the graph of some jobs.
class ProgramWalk {
 public:
  ProgramWalk(ProgramGraph& graph, std::span<const Job> jobs, ProgramGraph::Repeats repeats);

 private:
  struct LineKey {
    std::uint32_t scene = 0;
    workloads::RankId from;
    workloads::RankId to;
    workloads::Tag tag = 0;
    friend bool operator==(const LineKey&, const LineKey&) = default;
  };
  struct LineHash {
    std::size_t operator()(const LineKey& key) const noexcept {
      const std::uint64_t ends = std::uint64_t{key.from.value()} << 32 | key.to.value();
      return Fingerprint::mixed(ends ^ Fingerprint::mixed(std::uint64_t{key.scene} << 32 | key.tag));
    }
  };
  struct CallKey {
    std::uint32_t caller = 0;
    std::uint64_t collective = 0;
    friend bool operator==(const CallKey&, const CallKey&) = default;
  };
  struct CallHash {
    std::size_t operator()(const CallKey& key) const noexcept {
      return Fingerprint::mixed(key.collective ^ Fingerprint::mixed(key.caller));
    }
  };
  // In which order members call the runs of a scene: like the first one.
  struct Order {
    std::uint32_t first = Line::nobody;       // a part of the caller
    std::uint32_t called = 0;                 // there, among its calls
    std::vector<std::uint64_t> agreed_texts;  // stated ones, whose ranks are known to agree
  };

  void add_job(std::uint32_t number, const Job& job);
  std::uint32_t add_actor(const Actor& actor);
  std::uint32_t add_part(const Part& part);
  void add_agents(std::uint32_t scene);
  CalledScene scene_of(std::uint32_t caller, std::uint64_t collective);

  void play(std::uint32_t part);
  void play_call(std::uint32_t part, const RankText::Name& name, const workloads::Op& op);
  void check_order(std::uint32_t part, const RankText::Name& name, std::uint32_t scene);
  Fingerprint order_of_calls(std::uint32_t part, std::uint32_t called);
  void await(std::uint32_t part, workloads::RankId whom);
  std::uint32_t text_of_part(std::uint32_t part);
  std::uint32_t read_text(std::uint32_t part);
  bool calls_alike(std::uint32_t part, const RankText& text);
  const workloads::Op& fetch(std::uint32_t part, const RankText::Place& place);

  void take_line(std::uint32_t part, const RankText::Name& name, const workloads::Op& op);
  std::uint32_t find_line(const LineKey& key);
  void open_port(Line::End& end, std::uint32_t part);
  void count_bytes();
  void count(std::uint32_t job, std::uint16_t phase, Bytes bytes);

  ProgramGraph& graph_;
  ProgramGraph::Repeats repeats_;
  std::vector<Order> orders_;  // of each scene
  std::unordered_map<LineKey, std::uint32_t, LineHash> known_lines_;
  std::unordered_map<CallKey, std::uint32_t, CallHash> called_;
  std::map<std::tuple<std::uint32_t, const void*, const void*>, std::uint32_t> repeated_;  // by caller, plan, members
  std::map<Fingerprint, std::uint32_t> known_texts_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint32_t> stated_texts_;  // by scene and what is stated
  std::deque<workloads::Op> ops_;                                                  // one for each depth of playing
};

}  // namespace lockstep::sim
