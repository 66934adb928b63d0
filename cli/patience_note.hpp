#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace lockstep::cli {

// Says that something takes its time while it does: after some time, and then whenever it has taken twice as long.
// Nothing is said once the note is gone.
class PatienceNote {
 public:
  // `say` is called from another thread. `advice` is said the first time.
  PatienceNote(std::function<void(const std::string&)> say, std::string advice,
               std::chrono::milliseconds first = std::chrono::seconds(5));
  ~PatienceNote();
  PatienceNote(const PatienceNote&) = delete;
  PatienceNote& operator=(const PatienceNote&) = delete;

 private:
  void wait();

  std::function<void(const std::string&)> say_;
  std::string advice_;
  std::chrono::milliseconds first_;
  std::mutex mutex_;
  std::condition_variable begun_;
  std::condition_variable done_;
  bool has_begun_ = false;
  bool is_done_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace lockstep::cli
