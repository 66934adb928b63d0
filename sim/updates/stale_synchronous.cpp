// Stale synchronous parallel (Ho et al., NeurIPS 2013): a worker begins its next gradient only while it has done at
// most `staleness` more than the slowest.
#include <algorithm>
#include <vector>

#include "sim/updates/protocol_readers.hpp"

namespace lockstep::sim {
namespace {

class StaleSynchronous final : public Protocol {
 public:
  StaleSynchronous(std::uint32_t workers, std::uint64_t staleness)
      : staleness_(staleness), clocks_(workers), slowest_count_(workers) {}

  void gradient_counted(std::uint32_t worker, ParameterServer& server) override {
    server.update();
    const bool was_slowest = clocks_[worker]++ == slowest_;
    const bool is_ahead = clocks_[worker] - slowest_ > staleness_;
    if (is_ahead) waiting_.push_back(worker);
    if (was_slowest && --slowest_count_ == 0) advance(server);
    if (!is_ahead) server.send_weights(worker);
  }

 private:
  // All who wait are one step too far ahead, so they all go on now.
  void advance(ParameterServer& server) {
    ++slowest_;
    slowest_count_ = static_cast<std::uint64_t>(std::count(clocks_.begin(), clocks_.end(), slowest_));
    for (const std::uint32_t one : waiting_) server.send_weights(one);
    waiting_.clear();
  }

  std::uint64_t staleness_;
  std::vector<std::uint64_t> clocks_;  // gradients that each worker has done
  std::uint64_t slowest_ = 0;
  std::uint64_t slowest_count_;  // workers that have done no more
  std::vector<std::uint32_t> waiting_;
};

}  // namespace

MakeProtocol read_ssp(const JsonFields& fields, std::uint32_t workers) {
  constexpr std::int64_t most = 1'000'000'000'000;
  const auto staleness = static_cast<std::uint64_t>(fields.count("staleness", 0, most));
  return [workers, staleness] { return std::make_unique<StaleSynchronous>(workers, staleness); };
}

}  // namespace lockstep::sim
