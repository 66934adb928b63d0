// Protocols whose workers all begin each round from the same weights: no gradient is ever stale.
#include <optional>

#include "sim/updates/protocol_readers.hpp"

namespace lockstep::sim {
namespace {

struct RoundRule {
  std::uint32_t workers = 1;
  std::uint32_t needed = 1;  // gradients that end a round
  std::uint32_t local_steps = 1;
  // How long a round waits for more gradients than it needs.
  std::optional<Seconds> timeout = {};
};

void end_round(std::uint32_t workers, ParameterServer& server) {
  server.update();
  for (std::uint32_t worker = 0; worker < workers; ++worker) server.send_weights(worker);
}

// One gradient of each worker, or of the fastest.
class Rounds final : public Protocol {
 public:
  explicit Rounds(const RoundRule& rule) : rule_(rule) {}

  void gradient_counted(std::uint32_t, ParameterServer& server) override {
    const bool has_enough = server.gathered() == rule_.needed;
    if (server.gathered() == rule_.workers || (has_enough && !rule_.timeout)) return end_round(rule_.workers, server);
    if (has_enough) server.call_back_after(*rule_.timeout);
  }
  void called_back(ParameterServer& server) override { end_round(rule_.workers, server); }
  std::uint32_t local_steps() const override { return rule_.local_steps; }

 private:
  RoundRule rule_;
};

// As many gradients as workers find the time for.
class BatchRounds final : public Protocol {
 public:
  explicit BatchRounds(const RoundRule& rule) : rule_(rule) {}

  void gradient_counted(std::uint32_t worker, ParameterServer& server) override {
    if (server.gathered() == rule_.needed) return end_round(rule_.workers, server);
    server.go_on(worker);
  }

 private:
  RoundRule rule_;
};

template <class RoundProtocol>
MakeProtocol make(const RoundRule& rule) {
  return [rule] { return std::make_unique<RoundProtocol>(rule); };
}

std::optional<Seconds> read_timeout(const JsonFields& fields) {
  const auto timeout = fields.maybe<Seconds>("timeout");
  if (timeout && *timeout < Seconds(0)) fields.fail("timeout", "must not be negative");
  return timeout;
}

}  // namespace

MakeProtocol read_sync(const JsonFields&, std::uint32_t workers) {
  return make<Rounds>({.workers = workers, .needed = workers});
}

MakeProtocol read_k_sync(const JsonFields& fields, std::uint32_t workers) {
  return make<Rounds>(
      {.workers = workers, .needed = read_k_of_workers(fields, workers), .timeout = read_timeout(fields)});
}

MakeProtocol read_k_batch_sync(const JsonFields& fields, std::uint32_t workers) {
  return make<BatchRounds>({.workers = workers, .needed = read_k_of_gradients(fields)});
}

MakeProtocol read_backup(const JsonFields& fields, std::uint32_t workers) {
  const auto backups = static_cast<std::uint32_t>(fields.count("backups", 0, std::int64_t{workers} - 1));
  return make<Rounds>({.workers = workers, .needed = workers - backups, .timeout = read_timeout(fields)});
}

MakeProtocol read_local_sgd(const JsonFields& fields, std::uint32_t workers) {
  constexpr std::int64_t most = 1'000'000'000;
  const auto period = static_cast<std::uint32_t>(fields.count("period", 1, most));
  return make<Rounds>({.workers = workers, .needed = workers, .local_steps = period});
}

}  // namespace lockstep::sim
