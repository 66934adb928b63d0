#include "base/child_tasks.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/contract.hpp"
#include "base/error.hpp"

namespace lockstep {
namespace {

using Kind = ChildAnswer::Kind;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// The three texts of an InputError with their lengths, since any byte may be part of them.
std::string packed(const InputError::Text& text) {
  std::string all;
  for (const std::string* part : {&text.where, &text.problem, &text.suggestion}) {
    all += std::to_string(part->size()) + ":" + *part;
  }
  return all;
}

InputError::Text unpacked(const std::string& all) {
  InputError::Text text;
  std::size_t at = 0;
  for (std::string* part : {&text.where, &text.problem, &text.suggestion}) {
    const std::size_t colon = all.find(':', at);
    const std::size_t size = std::stoul(all.substr(at, colon - at));
    *part = all.substr(colon + 1, size);
    at = colon + 1 + size;
  }
  return text;
}

// An answer travels as its text, its kind, and a byte that says that it is whole.
constexpr char whole = '.';

std::string message_of(const ChildTask& task) {
  const auto message = [](std::string text, Kind kind) { return (text += static_cast<char>(kind)) += whole; };
  try {
    return message(task(), Kind::bytes);
  } catch (const InputError& error) {
    return message(packed(error.text()), Kind::input_error);
  } catch (const SimulationError& error) {
    return message(error.what(), Kind::simulation_error);
  } catch (const std::exception& error) {
    return message(error.what(), Kind::other_error);
  }
}

void write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) _exit(1);  // nobody listens any more
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

[[noreturn]] void be_child(const ChildTask& task, int pipe, pid_t parent) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it ended before that
  // A parent that handles interruptions decides what becomes of its children.
  if (signal(SIGINT, SIG_IGN) == SIG_DFL) signal(SIGINT, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  write_all(pipe, message_of(task));
  _exit(0);  // without the farewells of the parent, whose copy this is
}

// A child under way. Dropped before its end, it is killed.
class Child {
 public:
  explicit Child(const ChildTask& task) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");
    const pid_t parent = getpid();
    id_ = fork();
    if (id_ == 0) be_child(task, ends[1], parent);
    pipe_ = ends[0];
    const int error = errno;
    close(ends[1]);
    if (id_ < 0) {
      close(pipe_);
      errno = error;
      fail("fork");
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    close(pipe_);
    if (!id_) return;
    kill(*id_, SIGKILL);
    wait();
  }

  int pipe() const { return pipe_; }

  // Reads what is there; true when that was the last.
  bool read_on() {
    std::array<char, 65536> buffer;
    const ssize_t count = read(pipe_, buffer.data(), buffer.size());
    if (count > 0) message_.append(buffer.data(), static_cast<std::size_t>(count));
    return count == 0 || (count < 0 && errno != EINTR);
  }

  ChildAnswer answer() {
    const int status = wait();
    if (message_.size() >= 2 && message_.back() == whole) {
      const Kind kind{message_[message_.size() - 2]};
      message_.resize(message_.size() - 2);
      return {kind, std::move(message_)};
    }
    std::string end = "stopped with exit code " + std::to_string(WEXITSTATUS(status));
    if (WIFSIGNALED(status)) {
      end = "was ended by signal " + std::to_string(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")";
    }
    return {Kind::other_error, "a child process " + end + " before it had an answer"};
  }

 private:
  int wait() {
    int status = 0;
    while (waitpid(*id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_.reset();
    return status;
  }

  std::optional<pid_t> id_;
  int pipe_ = -1;
  std::string message_;
};

struct Running {
  std::unique_ptr<Child> child;
  std::size_t task;
};

// Waits for a while until some children have something to say or are done, and passes on the answers of those.
void listen(std::vector<Running>& running, ChildWork& work) {
  constexpr int longest_wait_ms = 100;
  std::vector<pollfd> pipes;
  pipes.reserve(running.size());
  for (const Running& one : running) pipes.push_back({.fd = one.child->pipe(), .events = POLLIN, .revents = 0});
  if (poll(pipes.data(), pipes.size(), longest_wait_ms) < 0) {
    if (errno == EINTR) return;
    fail("poll");
  }
  std::vector<Running> still;
  std::vector<Running> done;
  for (std::size_t i = 0; i < running.size(); ++i) {
    const bool is_done = pipes[i].revents != 0 && running[i].child->read_on();
    (is_done ? done : still).push_back(std::move(running[i]));
  }
  running = std::move(still);
  for (const Running& one : done) work.answered(one.task, one.child->answer());
}

class TaskList final : public ChildWork {
 public:
  explicit TaskList(std::span<const ChildTask> tasks) : tasks_(tasks), answers_(tasks.size()) {}

  std::optional<ChildTask> next() override {
    if (next_ == tasks_.size()) return std::nullopt;
    return tasks_[next_++];
  }
  void answered(std::size_t task, ChildAnswer answer) override { answers_[task] = std::move(answer); }
  bool goes_on() override { return true; }
  std::vector<ChildAnswer> take_answers() { return std::move(answers_); }

 private:
  std::span<const ChildTask> tasks_;
  std::vector<ChildAnswer> answers_;
  std::size_t next_ = 0;
};

}  // namespace

const std::string& ChildAnswer::bytes() const {
  switch (kind_) {
    case Kind::bytes:
      return text_;
    case Kind::input_error:
      throw InputError(unpacked(text_));
    case Kind::simulation_error:
      throw SimulationError(text_);
    case Kind::other_error:
      break;
  }
  throw std::runtime_error(text_);
}

void run_in_children(ChildWork& work, unsigned at_once) {
  LOCKSTEP_REQUIRE(at_once > 0);
  std::vector<Running> running;
  std::size_t begun = 0;
  while (work.goes_on()) {
    std::optional<ChildTask> task = running.size() < at_once ? work.next() : std::nullopt;
    if (task) {
      running.push_back({std::make_unique<Child>(*task), begun++});
    } else if (running.empty()) {
      return;
    } else {
      listen(running, work);
    }
  }
}

std::vector<ChildAnswer> run_in_children(std::span<const ChildTask> tasks, unsigned at_once) {
  TaskList list(tasks);
  run_in_children(list, at_once);
  return list.take_answers();
}

}  // namespace lockstep
