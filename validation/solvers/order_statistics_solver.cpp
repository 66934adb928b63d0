#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "validation/order_statistics/throughputs.hpp"
#include "validation/solvers/solver_inputs.hpp"
#include "validation/solvers/straggler_solvers.hpp"

namespace lockstep::validation {
namespace {

constexpr std::array inputs = {
    SolverInput{.name = "workers",
                .kind = InputKind::count,
                .otherwise = "",
                .meaning = "workers, whose times are independent and alike",
                .in_scenario = "workload.workers",
                .least = 1},
    SolverInput{.name = "k",
                .kind = InputKind::count,
                .otherwise = may_be_missing,
                .meaning = "how many of them are waited for; all unless stated",
                .in_scenario = "workload.k",
                .least = 1},
    SolverInput{.name = "compute",
                .kind = InputKind::distribution,
                .otherwise = "",
                .meaning = "what one gradient takes a worker",
                .in_scenario = "workload.compute"},
    SolverInput{.name = "communication",
                .kind = InputKind::seconds,
                .otherwise = "0 s",
                .meaning = "added to every step that waits, after the last worker that is waited for",
                .plain_name = "communication_s"},
    SolverInput{.name = "local_steps",
                .kind = InputKind::count,
                .otherwise = "1",
                .meaning = "gradients of every worker between two barriers",
                .least = 1,
                .most = 1e9},
};
constexpr std::array outputs = {
    SolverOutput{"mean_s", "s", "of one worker; null where it is infinite, as below"},
    SolverOutput{"stddev_s", "s", "of one worker"},
    SolverOutput{"kth_s", "s", "mean time until k workers are done"},
    SolverOutput{"kth_stddev_s", "s", "its standard deviation"},
    SolverOutput{"maximum_s", "s", "mean time until all are done"},
    SolverOutput{"maximum_stddev_s", "s", "its standard deviation"},
    SolverOutput{"round_s", "s", "until all have done local_steps; null unless these are one, or exponential"},
    SolverOutput{"sync_step_s", "s", "a step that waits for all, with communication"},
    SolverOutput{"k_sync_step_s", "s", "a step that waits for k and cancels the others, with communication"},
    SolverOutput{"sync_per_s", "1/s", "gradients a second if a step waits for all; these without communication"},
    SolverOutput{"k_sync_per_s", "1/s", "if it waits for k and cancels the others"},
    SolverOutput{"k_async_per_s", "1/s", "if the others go on; null unless times are exponential"},
    SolverOutput{"k_batch_sync_per_s", "1/s", "for k gradients of any workers, others cancelled; null likewise"},
    SolverOutput{"k_batch_async_per_s", "1/s", "for k gradients of any workers, others go on"},
    SolverOutput{"async_per_s", "1/s", "if nobody waits"},
    SolverOutput{"async_over_sync", "1", "E[max]/E[X]"},
};

Json number_or_null(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json();
}
std::optional<double> root(const std::optional<double>& variance) {
  return variance ? std::optional(std::sqrt(*variance)) : std::nullopt;
}

void add_moments(const std::string& name, const std::optional<OrderMoments>& moments, Json& answer) {
  answer[name + "_s"] = moments ? Json(moments->mean) : Json();
  answer[name + "_stddev_s"] = moments ? number_or_null(root(moments->variance)) : Json();
}

Json rate_or_null(const std::optional<Frequency>& rate) {
  return rate ? Json(rate->si()) : Json();
}

OrderRank read_rank(const SolverInputs& in) {
  const std::uint32_t workers = in.count("workers");
  const std::uint32_t waited_for = in.maybe_count("k").value_or(workers);
  if (waited_for > workers) {
    throw InputError({.where = in.where("k"),
                      .problem = "there are " + std::to_string(workers) + " workers, and " +
                                 std::to_string(waited_for) + " cannot be waited for"});
  }
  return {.k = waited_for, .n = workers};
}

// Of sums of times only those of exponential ones have a law here.
Json round(const SolverInputs& in, const Distribution& law, const std::optional<OrderMoments>& maximum) {
  const std::uint32_t steps = in.count("local_steps");
  if (steps == 1) return maximum ? Json(maximum->mean) : Json();
  if (!is_exponential(law)) {
    in.warn("several local steps have a form only if they are exponential");
    return {};
  }
  return local_steps_round(in.count("workers"), steps, Seconds(*law.mean())).si();
}

Json solve(const SolverInputs& in) {
  const OrderRank rank = read_rank(in);
  const Distribution law = in.distribution("compute");
  const auto kth = order_moments(law, rank);
  const auto maximum = order_moments(law, {.k = rank.n, .n = rank.n});
  const double communication = in.quantity<Seconds>("communication").si();
  const ProtocolRates rates = protocol_rates(law, rank);
  Json answer = {{"mean_s", number_or_null(law.mean())}, {"stddev_s", number_or_null(root(law.variance()))}};
  add_moments("kth", kth, answer);
  add_moments("maximum", maximum, answer);
  answer["round_s"] = round(in, law, maximum);
  answer["sync_step_s"] = maximum ? Json(maximum->mean + communication) : Json();
  answer["k_sync_step_s"] = kth ? Json(kth->mean + communication) : Json();
  answer["sync_per_s"] = rate_or_null(rates.sync);
  answer["k_sync_per_s"] = rate_or_null(rates.k_sync);
  answer["k_async_per_s"] = rate_or_null(rates.k_async);
  answer["k_batch_sync_per_s"] = rate_or_null(rates.k_batch_sync);
  answer["k_batch_async_per_s"] = rate_or_null(rates.k_batch_async);
  answer["async_per_s"] = rate_or_null(rates.async);
  answer["async_over_sync"] = rates.async && rates.sync ? Json(*rates.async / *rates.sync) : Json();
  return answer;
}

}  // namespace

constexpr Solver order_statistics{.source = "S01 to S11, S17; David and Nagaraja 2003; Dutta et al. 2018",
                                  .inputs = inputs,
                                  .outputs = outputs,
                                  .solve = solve};

}  // namespace lockstep::validation
