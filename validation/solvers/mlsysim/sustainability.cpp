#include <array>
#include <nlohmann/json.hpp>

#include "validation/solvers/mlsysim/solver_list.hpp"
#include "validation/solvers/mlsysim/sustainability.hpp"
#include "validation/solvers/shared_inputs.hpp"
#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation::mlsysim {
namespace {

constexpr std::array inputs = {
    cluster_input,
    SolverInput{.name = "duration",
                .kind = InputKind::seconds,
                .otherwise = "",
                .meaning = "how long the fleet runs",
                .plain_name = "duration_days",
                .plain_unit = 86400},
    SolverInput{.name = "grid", .kind = InputKind::grid, .otherwise = "US_Avg", .meaning = "where it stands"},
    SolverInput{
        .name = "mfu", .kind = InputKind::number, .otherwise = "1", .meaning = "utilization of the devices", .most = 1},
    SolverInput{.name = "embodied_carbon_per_device",
                .kind = InputKind::number,
                .otherwise = "0",
                .meaning = "kilograms of carbon dioxide that making a device emitted"},
    convention_input,
};
constexpr std::array outputs = {
    SolverOutput{"it_energy_kwh", "kWh", "of the devices: TDP (0.3 + 0.7 mfu)"},
    SolverOutput{"total_energy_kwh", "kWh", "with cooling and losses: times PUE"},
    SolverOutput{"carbon_kg", "kg", "carbon dioxide, embodied carbon included"},
    SolverOutput{"embodied_kg", "kg", "the share of making the devices"},
    SolverOutput{"water_l", "l", "water; mlsysim counts it on facility energy, corrected on IT energy"},
    SolverOutput{"pue", "1", "power usage effectiveness"},
    SolverOutput{"region", "", "the grid"},
};

Json solve(const SolverInputs& in) {
  const GridFigures grid = read_grid(in);
  const Footprint print = read_footprint(in, in.fleet(), grid);
  return {{"it_energy_kwh", print.it_kwh},
          {"total_energy_kwh", print.facility_kwh},
          {"carbon_kg", print.carbon_kg},
          {"embodied_kg", print.embodied_kg},
          {"water_l", print.water_l},
          {"pue", grid.pue},
          {"region", grid.name}};
}

}  // namespace

Footprint footprint(const FleetFigures& fleet, const GridFigures& grid, double hours, double mfu, WaterBasis basis) {
  constexpr double idle = 0.3, dynamic = 0.7;  // Barroso and Hölzle 2007, as mlsysim rounds it
  constexpr double tdp_unless_stated = 700;    // of an H100
  constexpr double watts_a_kilowatt = 1000, grams_a_kilogram = 1000;
  Footprint print;
  const double watts = fleet.device.tdp_w.value_or(tdp_unless_stated) * (idle + dynamic * mfu) * fleet.devices();
  print.it_kwh = watts * hours / watts_a_kilowatt;
  print.facility_kwh = print.it_kwh * grid.pue;
  print.carbon_kg = print.facility_kwh * grid.carbon_g_per_kwh / grams_a_kilogram;
  print.water_l = (basis == WaterBasis::it_energy ? print.it_kwh : print.facility_kwh) * grid.wue_l_per_kwh;
  return print;
}

GridFigures read_grid(const SolverInputs& given) {
  return given.grid();
}

Footprint read_footprint(const SolverInputs& given, const FleetFigures& fleet, const GridFigures& grid) {
  constexpr double seconds_an_hour = 3600;
  const WaterBasis basis =
      given.text("convention") == "corrected" ? WaterBasis::it_energy : WaterBasis::facility_energy;
  Footprint print =
      footprint(fleet, grid, given.quantity<Seconds>("duration").si() / seconds_an_hour, given.number("mfu"), basis);
  print.embodied_kg = given.number("embodied_carbon_per_device") * fleet.devices();
  print.carbon_kg += print.embodied_kg;
  return print;
}

constexpr Solver sustainability{
    .source = "mlsysim SustainabilityModel; R07", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation::mlsysim
