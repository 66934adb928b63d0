#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "validation/solvers/mlsysim/solver_list.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation::mlsysim {
namespace {

constexpr double seconds_a_day = 86400;
constexpr std::array inputs = {
    SolverInput{.name = "arrival_rate_jobs_per_day",
                .kind = InputKind::number,
                .otherwise = "",
                .meaning = "jobs that arrive in a day, at random"},
    SolverInput{.name = "avg_job_duration",
                .kind = InputKind::seconds,
                .otherwise = "",
                .meaning = "of a job that has the whole cluster; all take as long",
                .plain_name = "avg_job_duration_days",
                .plain_unit = seconds_a_day},
};
constexpr std::array outputs = {
    SolverOutput{"utilization", "1", "share of the time that the cluster works"},
    SolverOutput{"avg_wait_s", "s", "in the queue; null where it grows without end"},
    SolverOutput{"avg_queue_length", "1", "jobs in the queue; null where it grows without end"},
    SolverOutput{"stable", "", "whether the cluster keeps up"},
};

// M/D/1, R06: ρS/(2(1-ρ)), ρ²/(2(1-ρ)).
Json solve(const SolverInputs& in) {
  const double days = in.quantity<Seconds>("avg_job_duration").si() / seconds_a_day;
  if (!(days > 0)) throw InputError({.where = "avg_job_duration", .problem = "must be positive"});
  const double per_day = 1 / days;
  const double load = in.number("arrival_rate_jobs_per_day") / per_day;
  Json answer = {{"utilization", load}, {"avg_wait_s", Json()}, {"avg_queue_length", Json()}, {"stable", load < 1}};
  if (load < 1) {
    answer["avg_wait_s"] = load / (2 * per_day * (1 - load)) * seconds_a_day;
    answer["avg_queue_length"] = load * load / (2 * (1 - load));
  }
  return answer;
}

}  // namespace

constexpr Solver orchestration{
    .source = "mlsysim OrchestrationModel; R06", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation::mlsysim
