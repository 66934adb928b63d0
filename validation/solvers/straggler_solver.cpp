#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "validation/order_statistics/throughputs.hpp"
#include "validation/solvers/solver_inputs.hpp"
#include "validation/solvers/straggler_solvers.hpp"

namespace lockstep::validation {
namespace {

constexpr SolverInput share_input(std::string_view name, std::string_view meaning, std::string_view otherwise = "0") {
  return {.name = name, .kind = InputKind::number, .otherwise = otherwise, .meaning = meaning, .most = 1};
}

constexpr std::array inputs = {
    SolverInput{.name = "workers",
                .kind = InputKind::count,
                .otherwise = "",
                .meaning = "workers that take equally long where they are not slow",
                .in_scenario = "workload.workers",
                .least = 1},
    SolverInput{.name = "step",
                .kind = InputKind::seconds,
                .otherwise = "1 s",
                .meaning = "what a gradient takes a worker that is not slow",
                .plain_name = "step_s"},
    share_input("fraction", "share of the workers that are slow for ever", ""),
    SolverInput{.name = "factor",
                .kind = InputKind::number,
                .otherwise = "2",
                .meaning = "how many times as slow a slow one is",
                .least = 1,
                .most = 1e9},
    share_input("probability", "that a worker is slow in a step, if all are now and then; 'fraction' unless stated",
                may_be_missing),
    SolverInput{.name = "k",
                .kind = InputKind::count,
                .otherwise = may_be_missing,
                .meaning = "how many workers a step waits for; all unless stated",
                .least = 1},
    SolverInput{.name = "cost_usd",
                .kind = InputKind::number,
                .otherwise = "1",
                .meaning = "of a training run that waits for all; 1 gives shares"},
    share_input("stale_share", "how many more samples stale gradients need, as a share"),
    share_input("recomputation_share", "of a step that goes into computing activations again, which sharding saves"),
    share_input("bubble_share", "of a step that is bubble, which sharding saves"),
    share_input("sharding_share", "of a step that sharding adds in exchanges"),
};
constexpr std::array outputs = {
    SolverOutput{"persistent_sync_per_s", "1/s", "gradients a second at the pace of the slowest, if slow for ever"},
    SolverOutput{"persistent_async_per_s", "1/s", "at the sum of all paces"},
    SolverOutput{"persistent_ratio", "1", "async over sync, s(1-f)+f; null where no whole worker is slow"},
    SolverOutput{"transient_mean_s", "s", "of one worker, if slow now and then"},
    SolverOutput{"transient_step_s", "s", "mean step that waits for all"},
    SolverOutput{"transient_kth_s", "s", "mean step that waits for k"},
    SolverOutput{"transient_sync_per_s", "1/s", "gradients a second if a step waits for all"},
    SolverOutput{"transient_async_per_s", "1/s", "if nobody waits"},
    SolverOutput{"transient_ratio", "1", "async over sync"},
    SolverOutput{"waste_usd", "USD", "what waiting for transient stragglers costs"},
    SolverOutput{"async_saves_usd", "USD", "not waiting, less what stale gradients cost"},
    SolverOutput{"sharding_saves_usd", "USD", "sharding instead, which goes on waiting"},
    SolverOutput{"sharding_saves_more", "", "whether it does, which depends on all of these"},
};

void add_persistent(const SolverInputs& in, Json& answer) {
  const double fraction = in.number("fraction");
  const std::uint32_t workers = in.count("workers");
  answer.update({{"persistent_sync_per_s", Json()}, {"persistent_async_per_s", Json()}, {"persistent_ratio", Json()}});
  if (fraction > 0 && fraction * workers < 1 - 1e-9) {
    in.warn("of " + std::to_string(workers) + " workers that fraction is less than one, so that none is slow for ever");
    return;
  }
  const PersistentStragglers slow{.fraction = fraction, .factor = fraction > 0 ? in.number("factor") : 1};
  const PersistentRates rates = persistent_rates(workers, in.quantity<Seconds>("step"), slow);
  answer["persistent_sync_per_s"] = rates.sync.si();
  answer["persistent_async_per_s"] = rates.async.si();
  answer["persistent_ratio"] = rates.ratio;
}

OrderRank read_rank(const SolverInputs& in) {
  const std::uint32_t workers = in.count("workers");
  const OrderRank rank{.k = in.maybe_count("k").value_or(workers), .n = workers};
  if (rank.k > rank.n) throw InputError({.where = in.where("k"), .problem = "must be at most the number of workers"});
  return rank;
}

Json solve(const SolverInputs& in) {
  const auto step = in.quantity<Seconds>("step");
  if (!(step > Seconds(0))) throw InputError({.where = in.where("step"), .problem = "must be positive"});
  const OrderRank rank = read_rank(in);
  const TransientStragglers slow{.probability = in.maybe_number("probability").value_or(in.number("fraction")),
                                 .factor = in.number("factor")};
  Json answer = Json::object();
  add_persistent(in, answer);
  const double mean = 1 + (slow.factor - 1) * slow.probability;
  const double maximum = straggled_order({.k = rank.n, .n = rank.n}, slow);
  answer["transient_mean_s"] = (mean * step).si();
  answer["transient_step_s"] = (maximum * step).si();
  answer["transient_kth_s"] = (straggled_order(rank, slow) * step).si();
  answer["transient_sync_per_s"] = (rank.n / (maximum * step)).si();
  answer["transient_async_per_s"] = (rank.n / (mean * step)).si();
  answer["transient_ratio"] = maximum / mean;
  const WastedShares shares = wasted_shares(mean, maximum, in.number("stale_share"),
                                            {.recomputation = in.number("recomputation_share"),
                                             .bubble = in.number("bubble_share"),
                                             .exchanges = in.number("sharding_share")});
  const double cost = in.number("cost_usd");
  answer["waste_usd"] = cost * shares.waiting;
  answer["async_saves_usd"] = cost * shares.saved_by_async;
  answer["sharding_saves_usd"] = cost * shares.saved_by_sharding;
  answer["sharding_saves_more"] = shares.saved_by_sharding > shares.saved_by_async;
  return answer;
}

}  // namespace

constexpr Solver stragglers{.source = "S08, S10, S12, Z05", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation
