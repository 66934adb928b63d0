#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

// Work in child processes: for what can be done once a process, and to use several processors.
namespace lockstep {

// Runs in the child; what it returns or throws comes back.
using ChildTask = std::function<std::string()>;

// What became of a task.
class ChildAnswer {
 public:
  enum class Kind : char { bytes, input_error, simulation_error, other_error };

  ChildAnswer() = default;
  ChildAnswer(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}

  bool is_error() const { return kind_ != Kind::bytes; }
  // What the task returned. Throws what the task threw: InputError and SimulationError as such, everything else, and
  // the end of a child that gave no answer, as std::runtime_error.
  const std::string& bytes() const;

 private:
  Kind kind_ = Kind::other_error;
  std::string text_;
};

// Runs every task in a process of its own, at most `at_once` of them at a time, and answers in the order of the tasks.
// A child starts with a copy of this process, and does not outlive it. Throws std::system_error when there can be no
// child. Requires `at_once` > 0 and that this process has no other threads.
std::vector<ChildAnswer> run_in_children(std::span<const ChildTask> tasks, unsigned at_once);

// Tasks that come up as answers come in.
class ChildWork {
 public:
  virtual ~ChildWork() = default;
  // What is to be begun next; absent where there is nothing more.
  virtual std::optional<ChildTask> next() = 0;
  // Of the task of that number, in the order of next().
  virtual void answered(std::size_t task, ChildAnswer answer) = 0;
  // Asked before each task and several times a second. Where it says no, children that are under way are ended, and
  // nothing more is answered.
  virtual bool goes_on() = 0;
};

// As above. Where this process handles SIGINT itself children ignore it, so that they end when `work` says so.
void run_in_children(ChildWork& work, unsigned at_once);

}  // namespace lockstep
