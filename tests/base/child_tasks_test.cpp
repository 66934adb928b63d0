#include "base/child_tasks.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>

#include "base/error.hpp"

namespace lockstep {
namespace {

std::vector<ChildAnswer> run(const std::vector<ChildTask>& tasks, unsigned at_once = 2) {
  return run_in_children(tasks, at_once);
}

std::string message_of(const ChildAnswer& answer) {
  try {
    return "bytes: " + answer.bytes();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(ChildTasks, BringBackAnyBytesInTheOrderOfTheTasks) {
  const std::string large(3'000'000, '\0');
  const auto answers =
      run({[&] { return std::string(large); }, [] { return std::string("\0.\n", 3); }, [] { return ""; }});
  EXPECT_EQ(answers[0].bytes(), large);
  EXPECT_EQ(answers[1].bytes(), std::string("\0.\n", 3));
  EXPECT_EQ(answers[2].bytes(), "");
}

TEST(ChildTasks, WorkInAnotherProcess) {
  int here = 1;
  const auto answers = run({[&] { return std::to_string(++here) + (getpid() != getppid() ? "!" : ""); }});
  EXPECT_EQ(answers[0].bytes(), "2!");
  EXPECT_EQ(here, 1);
}

TEST(ChildTasks, BringBackErrors) {
  const InputError::Text text{.where = "a:1", .problem = "12:b", .suggestion = ""};
  const auto answers =
      run({[&]() -> std::string { throw InputError(text); }, []() -> std::string { throw SimulationError("deadlock"); },
           []() -> std::string { throw std::logic_error("own fault"); }});
  try {
    answers[0].bytes();
    FAIL() << "no InputError";
  } catch (const InputError& error) {
    EXPECT_EQ(error.text().where, text.where);
    EXPECT_EQ(error.text().problem, text.problem);
    EXPECT_EQ(error.text().suggestion, text.suggestion);
  }
  EXPECT_THROW(answers[1].bytes(), SimulationError);
  EXPECT_EQ(message_of(answers[1]), "deadlock");
  EXPECT_EQ(message_of(answers[2]), "own fault");
  EXPECT_TRUE(answers[2].is_error());
}

TEST(ChildTasks, TellOfChildrenThatDieWithoutAnAnswer) {
  const auto answers = run({[]() -> std::string { _exit(7); },
                            []() -> std::string {
                              raise(SIGKILL);
                              return "";
                            },
                            [] { return "alive"; }});
  EXPECT_EQ(message_of(answers[0]), "a child process stopped with exit code 7 before it had an answer");
  EXPECT_EQ(message_of(answers[1]), "a child process was ended by signal 9 (Killed) before it had an answer");
  EXPECT_EQ(answers[2].bytes(), "alive");
}

TEST(ChildTasks, LeaveNoZombies) {
  run(std::vector<ChildTask>(20, [] { return "done"; }), 3);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

// Counts the children that run at once, in memory that they share.
class Meeting {
 public:
  Meeting() : there_(new (map()) std::atomic<unsigned>(0)) {}
  Meeting(const Meeting&) = delete;
  Meeting& operator=(const Meeting&) = delete;
  ~Meeting() { munmap(there_, sizeof(*there_)); }

  // The most that were there while this one waited for `wanted`, at most for two seconds.
  unsigned attend(unsigned wanted) {
    unsigned most = ++*there_;
    for (int tries = 0; most < wanted && tries < 2000; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      most = std::max(most, there_->load());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    most = std::max(most, there_->load());
    --*there_;
    return most;
  }

 private:
  static void* map() {
    return mmap(nullptr, sizeof(std::atomic<unsigned>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  }
  std::atomic<unsigned>* there_;
};

TEST(ChildTasks, RunAsManyAtOnceAsAsked) {
  for (const unsigned at_once : {1U, 3U}) {
    Meeting meeting;
    const std::vector<ChildTask> tasks(6, [&] { return std::to_string(meeting.attend(at_once)); });
    for (const ChildAnswer& answer : run(tasks, at_once)) EXPECT_LE(std::stoul(answer.bytes()), at_once);
    EXPECT_EQ(run(tasks, at_once).front().bytes(), std::to_string(at_once));
  }
}

TEST(ChildTasks, SurviveSignalsMeanwhile) {
  struct sigaction action = {};
  struct sigaction before = {};
  action.sa_handler = [](int) {};  // and no SA_RESTART: calls are interrupted
  sigaction(SIGALRM, &action, &before);
  ualarm(2000, 2000);
  const auto answers = run({[] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return std::string(1'000'000, 'x');
  }});
  ualarm(0, 0);
  sigaction(SIGALRM, &before, nullptr);
  EXPECT_EQ(answers[0].bytes().size(), 1'000'000U);
}

// Counts up as answers come in, and stops at `end`.
class Counting final : public ChildWork {
 public:
  Counting(std::size_t end, ChildTask task) : end_(end), task_(std::move(task)) {}
  std::optional<ChildTask> next() override { return task_; }
  void answered(std::size_t task, ChildAnswer answer) override {
    answer.bytes();
    tasks_.push_back(task);
  }
  bool goes_on() override {
    ++questions_;
    return tasks_.size() < end_;
  }

  std::vector<std::size_t> tasks_;
  std::size_t questions_ = 0;

 private:
  std::size_t end_;
  ChildTask task_;
};

TEST(ChildTasks, ComeUpForAsLongAsTheWorkGoesOn) {
  Counting work(5, [] { return "done"; });
  run_in_children(work, 2);
  std::sort(work.tasks_.begin(), work.tasks_.end());
  // Two may be done at the same time.
  ASSERT_GE(work.tasks_.size(), 5U);
  ASSERT_LE(work.tasks_.size(), 6U);
  EXPECT_EQ(std::adjacent_find(work.tasks_.begin(), work.tasks_.end()), work.tasks_.end());
  EXPECT_LT(work.tasks_.back(), 8U);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);  // the sixth is gone, too
}

TEST(ChildTasks, AreEndedWhenTheWorkEndsBeforeThem) {
  class Impatient final : public ChildWork {
   public:
    std::optional<ChildTask> next() override {
      return [] {
        std::this_thread::sleep_for(std::chrono::hours(1));
        return "late";
      };
    }
    void answered(std::size_t, ChildAnswer) override { FAIL() << "nothing was done yet"; }
    bool goes_on() override { return ++questions_ < 6; }

   private:
    int questions_ = 0;
  } work;
  const auto begin = std::chrono::steady_clock::now();
  run_in_children(work, 3);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(ChildTasks, LeaveInterruptionsToAParentThatHandlesThem) {
  const std::vector<ChildTask> tasks = {[] {
    raise(SIGINT);
    return "still there";
  }};
  EXPECT_TRUE(run(tasks).front().is_error());
  const auto before = signal(SIGINT, [](int) {});
  EXPECT_EQ(run(tasks).front().bytes(), "still there");
  signal(SIGINT, before);
}

}  // namespace
}  // namespace lockstep
