// Protocols that cancel nothing: workers who are slow push gradients of weights that others have updated meanwhile.
#include <vector>

#include "sim/updates/protocol_readers.hpp"

namespace lockstep::sim {
namespace {

// Of different workers, who wait until there are enough.
class KAsync final : public Protocol {
 public:
  explicit KAsync(std::uint32_t needed) : needed_(needed) {}

  void gradient_counted(std::uint32_t worker, ParameterServer& server) override {
    waiting_.push_back(worker);
    if (waiting_.size() < needed_) return;
    server.update();
    for (const std::uint32_t one : waiting_) server.send_weights(one);
    waiting_.clear();
  }

 private:
  std::uint32_t needed_;
  std::vector<std::uint32_t> waiting_;
};

// Of anybody, who fetches the weights as they are and goes on.
class KBatchAsync final : public Protocol {
 public:
  explicit KBatchAsync(std::uint32_t needed) : needed_(needed) {}

  void gradient_counted(std::uint32_t worker, ParameterServer& server) override {
    if (server.gathered() == needed_) server.update();
    server.send_weights(worker);
  }

 private:
  std::uint32_t needed_;
};

}  // namespace

MakeProtocol read_async(const JsonFields&, std::uint32_t) {
  return [] { return std::make_unique<KBatchAsync>(1); };
}

MakeProtocol read_k_async(const JsonFields& fields, std::uint32_t workers) {
  return [k = read_k_of_workers(fields, workers)] { return std::make_unique<KAsync>(k); };
}

MakeProtocol read_k_batch_async(const JsonFields& fields, std::uint32_t) {
  return [k = read_k_of_gradients(fields)] { return std::make_unique<KBatchAsync>(k); };
}

}  // namespace lockstep::sim
