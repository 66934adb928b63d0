#include "validation/solvers/reliability.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "sim/campaign/checkpoint_interval.hpp"
#include "validation/reliability/failures.hpp"
#include "validation/solvers/shared_inputs.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation {
namespace {

// Mean times to failure of catalog/reliability.json, those that mlsysim adds up: devices, NICs, power supplies.
constexpr Seconds device_mttf(50'000.0 * 3600), nic_mttf(150'000.0 * 3600), psu_mttf(100'000.0 * 3600);

constexpr std::array inputs = {
    SolverInput{.name = "cluster",
                .kind = InputKind::fleet,
                .otherwise = may_be_missing,
                .meaning = "the fleet whose parts fail; or state 'mtbf'",
                .in_scenario = "fleet"},
    SolverInput{.name = "mtbf",
                .kind = InputKind::seconds,
                .otherwise = may_be_missing,
                .meaning = "mean time between failures of the whole fleet",
                .plain_name = "mtbf_s"},
    SolverInput{.name = "node_parts",
                .kind = InputKind::numbers,
                .otherwise = may_be_missing,
                .meaning = "how many parts of each kind a node has, instead of 'cluster'",
                .least = 0},
    SolverInput{.name = "node_part_mtbf_hours",
                .kind = InputKind::numbers,
                .otherwise = may_be_missing,
                .meaning = "mean hours between failures of one part, of each kind",
                .least = 1e-9},
    degree_input("nodes", "nodes of such parts"),
    SolverInput{.name = "shape",
                .kind = InputKind::number,
                .otherwise = "1",
                .meaning = "of the Weibull lives of parts: 1 exponential, below 1 early failures, above 1 wear",
                .least = 0.1,
                .most = 100},
    SolverInput{.name = "job_duration",
                .kind = InputKind::seconds,
                .otherwise = may_be_missing,
                .meaning = "work of the job, if nothing failed",
                .plain_name = "job_duration_hours",
                .plain_unit = 3600},
    SolverInput{.name = "checkpoint_time",
                .kind = InputKind::seconds,
                .otherwise = "60 s",
                .meaning = "one blocking write",
                .plain_name = "checkpoint_time_s"},
    SolverInput{.name = "avg_recovery_time",
                .kind = InputKind::seconds,
                .otherwise = "300 s",
                .meaning = "restart after a failure",
                .plain_name = "avg_recovery_time_s"},
    SolverInput{.name = "downtime",
                .kind = InputKind::seconds,
                .otherwise = "0 s",
                .meaning = "repair before the restart, during which nothing can fail",
                .plain_name = "downtime_s"},
    SolverInput{.name = "interval",
                .kind = InputKind::seconds,
                .otherwise = may_be_missing,
                .meaning = "work between checkpoints; the optimum unless stated",
                .plain_name = "interval_s"},
    convention_input,
};
constexpr std::array outputs = {
    SolverOutput{"node_mtbf_s", "s", "of one node: rates of devices, NICs and power supplies add"},
    SolverOutput{"fleet_mtbf_s", "s", "of the fleet"},
    SolverOutput{"first_failure_s", "s", "mean time until the first part fails, if all are new; null without parts"},
    SolverOutput{"failure_probability", "1", "that the job meets a failure, of exponential lives"},
    SolverOutput{"optimal_checkpoint_interval_s", "s", "Young's; corrected: the exact optimum"},
    SolverOutput{"expected_failures", "1", "in the job's work; corrected: in the time that it really takes"},
    SolverOutput{"goodput_ratio", "1", "1 - δ/τ - R/M, which forgets work done twice; corrected: τ/E, exact"},
    SolverOutput{"young_interval_s", "s", "√(2δM)"},
    SolverOutput{"daly_interval_s", "s", "Daly's higher-order estimate"},
    SolverOutput{"exact_interval_s", "s", "M(1 + W₀(-e^{-δ/M-1}))"},
    SolverOutput{"expected_segment_s", "s", "from checkpoint to checkpoint, where a restart may fail"},
    SolverOutput{"expected_segment_safe_restart_s", "s", "the same where it may not"},
    SolverOutput{"first_order_goodput", "1", "1 - (δ/τ + τ/2M + R/M)"},
    SolverOutput{"failure_free_goodput", "1", "τ/(τ+δ)"},
    SolverOutput{"expected_job_s", "s", "the job with its checkpoints and failures"},
};

struct FleetLife {
  Json node_mtbf_s;  // null where only the fleet's is stated, as are the parts
  Seconds fleet_mtbf;
  std::vector<Parts> parts = {};  // of all nodes
};

// The parts of a node as they are listed, each kind by its number and its mean time between failures.
std::vector<Parts> listed_parts(const SolverInputs& in) {
  const std::vector<double> counts = in.numbers("node_parts");
  const std::vector<double> hours = in.numbers("node_part_mtbf_hours");
  if (counts.empty() || counts.size() != hours.size()) {
    throw InputError({.where = in.where("node_part_mtbf_hours"),
                      .problem = "there must be one time for each kind of part in 'node_parts'"});
  }
  std::vector<Parts> parts;
  for (std::size_t i = 0; i < counts.size(); ++i) parts.push_back({counts[i], Seconds(hours[i] * 3600)});
  return parts;
}

FleetLife life_of(std::vector<Parts> of_a_node, double nodes) {
  const Seconds node_mtbf = mtbf_of(of_a_node);
  for (Parts& some : of_a_node) some.count *= nodes;
  return {Json(node_mtbf.si()), node_mtbf / nodes, std::move(of_a_node)};
}

FleetLife read_life(const SolverInputs& in) {
  if (in.stated("mtbf")) return {Json(), in.quantity<Seconds>("mtbf")};
  if (in.stated("node_parts") && in.stated("node_part_mtbf_hours")) {
    return life_of(listed_parts(in), in.number("nodes"));
  }
  if (!in.stated("cluster")) {
    throw InputError({.where = in.where("cluster"),
                      .problem = "it is unknown how often the fleet fails",
                      .suggestion = "state \"cluster\", or \"mtbf\": \"3 h\", or \"node_parts\" with "
                                    "\"node_part_mtbf_hours\" and \"nodes\""});
  }
  const FleetFigures fleet = in.fleet();
  return life_of({{double(fleet.devices_per_node), device_mttf},
                  {double(fleet.nics_per_node), nic_mttf},
                  {double(fleet.psus_per_node), psu_mttf}},
                 fleet.nodes);
}

Json intervals(const CheckpointPolicy& policy) {
  return {{"young_interval_s", young_interval(policy).si()},
          {"daly_interval_s", daly_interval(policy).si()},
          {"exact_interval_s", exact_interval(policy).si()}};
}

Json solve(const SolverInputs& in) {
  const FleetLife life = read_life(in);
  const CheckpointPolicy policy{life.fleet_mtbf, in.quantity<Seconds>("checkpoint_time"),
                                in.quantity<Seconds>("avg_recovery_time"), in.quantity<Seconds>("downtime")};
  if (!(std::min(policy.mtbf, policy.write) > Seconds(0))) {
    throw InputError({.where = "checkpoint_time", .problem = "times between failures and of writes must be positive"});
  }
  const bool is_corrected = in.text("convention") == "corrected";
  const Seconds optimum = is_corrected ? exact_interval(policy) : young_interval(policy);
  const Seconds work = in.stated("interval") ? in.quantity<Seconds>("interval") : optimum;
  if (!(work > Seconds(0))) throw InputError({.where = "interval", .problem = "must be positive"});
  const Seconds segment = expected_segment(policy, work, Restart::may_fail);
  const double exact = work / segment;
  Json answer = {
      {"node_mtbf_s", life.node_mtbf_s},
      {"fleet_mtbf_s", policy.mtbf.si()},
      {"first_failure_s", life.parts.empty() ? Json() : Json(first_failure(life.parts, in.number("shape")).si())},
      {"optimal_checkpoint_interval_s", optimum.si()},
      {"goodput_ratio", is_corrected ? exact : std::max(0.0, 1 - policy.write / work - policy.restart / policy.mtbf)},
      {"expected_segment_s", segment.si()},
      {"expected_segment_safe_restart_s", expected_segment(policy, work, Restart::is_safe).si()},
      {"first_order_goodput", 1 - (policy.write / work + work / (2 * policy.mtbf) + policy.restart / policy.mtbf)},
      {"failure_free_goodput", work / (work + policy.write)}};
  answer.update(intervals(policy));
  if (in.stated("job_duration")) {
    const auto job = in.quantity<Seconds>("job_duration");
    answer["failure_probability"] = failure_probability(policy.mtbf, job);
    answer["expected_failures"] = (is_corrected ? job / exact : job) / policy.mtbf;
    answer["expected_job_s"] = (job / exact).si();
  }
  return answer;
}

}  // namespace

Seconds young_interval(const CheckpointPolicy& policy) {
  return sim::young_interval(policy.mtbf, policy.write);
}

Seconds daly_interval(const CheckpointPolicy& policy) {
  return sim::daly_interval(policy.mtbf, policy.write);
}

Seconds exact_interval(const CheckpointPolicy& policy) {
  return sim::exact_interval(policy.mtbf, policy.write);
}

Seconds expected_segment(const CheckpointPolicy& policy, Seconds work, Restart restart) {
  const double attempt = std::expm1((work + policy.write) / policy.mtbf);
  if (restart == Restart::is_safe) return (policy.mtbf + policy.downtime + policy.restart) * attempt;
  return std::exp(policy.restart / policy.mtbf) * (policy.mtbf + policy.downtime) * attempt;
}

constexpr Solver reliability{.source = "mlsysim ReliabilityModel; R01, R08; corrected: R02, R03, R04 (Daly 2006)",
                             .inputs = inputs,
                             .outputs = outputs,
                             .solve = solve};

}  // namespace lockstep::validation
