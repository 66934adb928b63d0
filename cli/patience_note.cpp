#include "cli/patience_note.hpp"

namespace lockstep::cli {

PatienceNote::PatienceNote(std::function<void(const std::string&)> say, std::string advice,
                           std::chrono::milliseconds first)
    : say_(std::move(say)), advice_(std::move(advice)), first_(first), thread_([this] { wait(); }) {
  // A process that forks while a thread of it begins may leave its child with locks that nobody will ever open.
  std::unique_lock lock(mutex_);
  begun_.wait(lock, [this] { return has_begun_; });
}

PatienceNote::~PatienceNote() {
  {
    const std::lock_guard lock(mutex_);
    is_done_ = true;
  }
  done_.notify_one();
  thread_.join();
}

void PatienceNote::wait() {
  std::unique_lock lock(mutex_);
  has_begun_ = true;
  begun_.notify_one();
  std::chrono::milliseconds passed(0);
  for (std::chrono::milliseconds pause = first_; !done_.wait_for(lock, pause, [this] { return is_done_; });
       pause = passed) {
    passed += pause;
    say_("still simulating after " + std::to_string(passed.count() / 1000) + " s" + advice_);
    advice_.clear();
  }
}

}  // namespace lockstep::cli
