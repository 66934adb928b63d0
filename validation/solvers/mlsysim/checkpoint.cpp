#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "validation/solvers/mlsysim/solver_list.hpp"
#include "validation/solvers/shared_inputs.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation::mlsysim {
namespace {

constexpr std::array inputs = {
    model_input,
    hardware_input,
    SolverInput{.name = "n_writers",
                .kind = InputKind::count,
                .otherwise = "1",
                .meaning = "devices that write at once",
                .least = 1},
    SolverInput{.name = "checkpoint_interval",
                .kind = InputKind::seconds,
                .otherwise = "4 h",
                .meaning = "time from checkpoint to checkpoint",
                .plain_name = "checkpoint_interval_hours",
                .plain_unit = 3600},
    SolverInput{.name = "optimizer",
                .kind = InputKind::choice,
                .otherwise = "adam",
                .meaning = "whose state is saved",
                .choices = "adam|sgd"},
    SolverInput{.name = "filesystem_limit",
                .kind = InputKind::bandwidth,
                .otherwise = "500 GB/s",
                .meaning = "what the file system takes from all writers together",
                .plain_name = "filesystem_limit_gbs",
                .plain_unit = 1e9},
    convention_input,
};
constexpr std::array outputs = {
    SolverOutput{"checkpoint_bytes", "B", "14 bytes a parameter with Adam, 4 with SGD; no gradients"},
    SolverOutput{"write_time_s", "s", "to write them"},
    SolverOutput{"effective_write_bw_Bps", "B/s", "of all writers together"},
    SolverOutput{"storage_bottleneck", "", "whether it takes more than a minute"},
    SolverOutput{"mfu_penalty", "1", "share of the time that training stands still"},
};

constexpr Bytes adam_bytes(14), sgd_bytes(4);    // a parameter: of engine/calibration.py
constexpr Bandwidth storage_unless_stated(1e9);  // of engine/calibration.py
constexpr Seconds one_minute(60);

Json solve(const SolverInputs& in) {
  const ModelFigures model = in.model();
  const DeviceFigures device = in.hardware();
  const Bytes size = model.parameters * (in.text("optimizer") == "adam" ? adam_bytes : sgd_bytes);
  const Bandwidth storage = device.storage.value_or(storage_unless_stated);
  const Bandwidth bandwidth = std::min(storage * in.count("n_writers"), in.quantity<Bandwidth>("filesystem_limit"));
  const Seconds write = size / bandwidth;
  const Seconds interval = in.quantity<Seconds>("checkpoint_interval");
  // R04: the share of the period is d/(τ+d) where the interval is time of work.
  const Seconds period = in.text("convention") == "corrected" ? interval + write : interval;
  return {{"checkpoint_bytes", size.si()},
          {"write_time_s", write.si()},
          {"effective_write_bw_Bps", bandwidth.si()},
          {"storage_bottleneck", write > one_minute},
          {"mfu_penalty", period > Seconds(0) ? write / period : 1.0}};
}

}  // namespace

constexpr Solver checkpoint{
    .source = "mlsysim CheckpointModel; corrected: R04", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation::mlsysim
