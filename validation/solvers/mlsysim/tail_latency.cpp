#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "validation/solvers/mlsysim/solver_list.hpp"
#include "validation/solvers/shared_inputs.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation::mlsysim {
namespace {

constexpr std::array inputs = {
    SolverInput{.name = "arrival_rate_qps",
                .kind = InputKind::number,
                .otherwise = "",
                .meaning = "requests that arrive in a second, at random"},
    SolverInput{.name = "service_latency",
                .kind = InputKind::seconds,
                .otherwise = "",
                .meaning = "mean time that a replica works on a request",
                .plain_name = "service_latency_ms",
                .plain_unit = 1e-3},
    degree_input("num_replicas", "replicas"),
    SolverInput{.name = "service_time_cv",
                .kind = InputKind::number,
                .otherwise = "1",
                .meaning = "standard deviation of that time over its mean; 1 is exponential"},
};
constexpr std::array outputs = {
    SolverOutput{"rho", "1", "share of the time that replicas work"},
    SolverOutput{"p50_s", "s", "median latency; null where the queue grows without end"},
    SolverOutput{"p99_s", "s", "latency that one request in a hundred exceeds; null likewise"},
    SolverOutput{"stable", "", "whether the replicas keep up"},
};

// Erlang's C: the probability that a request waits, from logarithms so that many replicas do not overflow.
double probability_of_waiting(double load, std::uint32_t replicas) {
  const double offered = load * replicas;
  if (offered <= 0) return 0;
  const auto term = [&](double busy) { return busy * std::log(offered) - std::lgamma(busy + 1); };
  const double all_busy = term(replicas) - std::log(1 - load);
  double largest = all_busy;
  for (std::uint32_t busy = 0; busy < replicas; ++busy) largest = std::max(largest, term(busy));
  double sum = std::exp(all_busy - largest);
  for (std::uint32_t busy = 0; busy < replicas; ++busy) sum += std::exp(term(busy) - largest);
  return std::exp(all_busy - largest) / sum;
}

// M/M/c, with Kingman's factor for other spreads of the service time.
Json solve(const SolverInputs& in) {
  const Seconds service = in.quantity<Seconds>("service_latency");
  if (!(service > Seconds(0))) throw InputError({.where = "service_latency", .problem = "must be positive"});
  const double rate = 1 / service.si();
  const std::uint32_t replicas = in.count("num_replicas");
  constexpr std::uint32_t most_replicas = 1'000'000;
  if (replicas > most_replicas) throw InputError({.where = "num_replicas", .problem = "must be at most a million"});
  const double arrivals = in.number("arrival_rate_qps");
  const double load = arrivals / (replicas * rate);
  if (arrivals >= replicas * rate) {
    return {{"rho", 1.0}, {"p50_s", Json()}, {"p99_s", Json()}, {"stable", false}};
  }
  const double waits = probability_of_waiting(load, replicas);
  const double spread = in.number("service_time_cv");
  const auto percentile = [&](double beyond) {
    const double wait = waits < beyond ? 0 : std::max(0.0, -std::log(beyond / waits) / (replicas * rate * (1 - load)));
    return wait * (spread * spread + 1) / 2 + service.si();
  };
  return {{"rho", load}, {"p50_s", percentile(0.5)}, {"p99_s", percentile(0.01)}, {"stable", true}};
}

}  // namespace

constexpr Solver tail_latency{
    .source = "mlsysim TailLatencyModel; Erlang C", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation::mlsysim
