#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>

#include "base/json_text.hpp"

// What an analytical solver is: a pure function of a scenario's fields, with a table of what it takes and gives.
namespace lockstep::validation {

class SolverInputs;

// How an input is written. Quantities are texts with their unit ("60 s"), a distribution is one of times; `choice` is
// one of the names in `choices`; `model`, `hardware`, `fleet`, `fabric` and `grid` are names of the catalog or objects
// with the same fields.
enum class InputKind {
  number,
  count,
  flag,
  text,
  choice,
  numbers,
  seconds,
  bytes,
  bandwidth,
  flops,
  flop_rate,
  distribution,
  model,
  hardware,
  fleet,
  fabric,
  grid,
};

// The default of an input that a scenario may leave out altogether.
constexpr std::string_view may_be_missing = "-";

struct SolverInput {
  std::string_view name;
  InputKind kind;
  std::string_view otherwise;  // what holds where it is not stated; empty: it must be stated
  std::string_view meaning;
  std::string_view choices = {};      // "mlsysim|corrected"
  std::string_view in_scenario = {};  // where a training scenario states it, "workload.parallel.tensor"; or "a|b"
  std::string_view plain_name = {};   // a second name that states the unit, for plain numbers: "checkpoint_time_s"
  double plain_unit = 1;              // one of the plain name in SI: 3600 for hours
  double least = 0;                   // the least that numbers and counts may be
  double most = 1e300;                // and the most
};

struct SolverOutput {
  std::string_view name;
  std::string_view unit;  // of the SI number; "1" for ratios, "" for what is no number
  std::string_view meaning;
};

struct Solver {
  std::string_view source;  // where its formulas come from
  std::span<const SolverInput> inputs;
  std::span<const SolverOutput> outputs;
  Json (*solve)(const SolverInputs& inputs);
};

}  // namespace lockstep::validation
