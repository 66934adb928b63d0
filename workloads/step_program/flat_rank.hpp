#pragma once

#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "workloads/step_program/json_lines.hpp"

// A rank's operations as a file lists them: with collectives as calls, or put into their place.
namespace lockstep::workloads {

// Where an operation stands among those that are listed.
struct FlatPlace {
  std::uint32_t stream = 0;
  std::uint64_t position = 0;
  friend auto operator<=>(const FlatPlace&, const FlatPlace&) = default;
};

struct FlatStream {
  std::string name;
  StreamOrder order = StreamOrder::in_turn;
  std::uint64_t length = 0;
};

struct FlatOp {
  FlatPlace place = {};
  const Op* op = nullptr;  // but for its waits, which are:
  std::vector<FlatPlace> waits = {};
  const StepProgram* program = nullptr;  // whose label it has
  Tag first_tag = 0;                     // that stands for tag 0
};

// The collectives that a program calls. As messages each has a range of tags for itself.
class FlatCalls {
 public:
  // Throws InputError for collectives that cannot be written in this way.
  FlatCalls(const StepProgram& program, CollectiveLines lines);

  bool are_calls() const { return lines_ == CollectiveLines::calls; }
  const CollectiveCall& call(std::uint64_t number) const { return called_.at(number).call; }
  Tag first_tag(std::uint64_t number) const { return called_.at(number).first_tag; }

 private:
  struct Called {
    CollectiveCall call;
    Tag first_tag = 0;
  };
  void look_at(const StepProgram& program);
  void check(const CollectiveCall& call) const;

  CollectiveLines lines_;
  std::uint64_t next_tag_ = 0;
  std::map<std::uint64_t, Called> called_;
};

// One rank. A collective whose plan has one stream takes the place of its call; one with several runs on streams beside
// it, between two operations that do nothing but wait.
class FlatRank {
 public:
  // What it refers to must outlive it.
  FlatRank(const StepProgram& program, RankId rank, const FlatCalls& calls);

  std::span<const FlatStream> streams() const { return streams_; }
  // All operations; those of a stream in order.
  void visit(const std::function<void(const FlatOp&)>& visitor) { walk(visitor); }

 private:
  using Visitor = std::function<void(const FlatOp&)>;
  void walk(const Visitor& visitor);
  void step(std::uint32_t stream, const Visitor& visitor);
  void put_in_place(std::uint32_t stream, const StepProgram& plan, const Visitor& visitor);
  void put_beside(std::uint32_t stream, const StepProgram& plan, const Visitor& visitor);
  std::uint32_t beside(std::uint32_t caller, StreamId stream, const std::string& name);
  std::vector<FlatPlace> waits_of_call() const;
  void name_ranks(Op& op) const;
  // Returns where the operation stands.
  FlatPlace add(std::uint32_t stream, FlatOp op, const Visitor& visitor);

  const StepProgram& program_;
  RankId rank_;
  const FlatCalls& calls_;
  std::vector<FlatStream> streams_;
  std::vector<std::uint32_t> own_;  // listed streams, by stream of the program
  std::map<std::tuple<std::uint32_t, StreamId, std::string>, std::uint32_t>
      beside_;                                       // by listed caller, stream and name of the plan
  std::vector<std::vector<std::uint64_t>> done_at_;  // of each operation the listed one that it is done with
  bool is_known_ = false;                            // all of that
  Op op_;                                            // of the program
};

}  // namespace lockstep::workloads
