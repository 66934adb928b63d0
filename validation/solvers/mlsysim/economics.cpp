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
    SolverInput{
        .name = "kwh_price", .kind = InputKind::number, .otherwise = "0.12", .meaning = "dollars for a kilowatt-hour"},
    SolverInput{.name = "amortization_years",
                .kind = InputKind::number,
                .otherwise = "3",
                .meaning = "years over which the devices are paid",
                .least = 1e-9},
    SolverInput{.name = "infrastructure_multiplier",
                .kind = InputKind::number,
                .otherwise = "1",
                .meaning = "all that is bought over the price of the devices"},
    SolverInput{.name = "annual_maintenance",
                .kind = InputKind::number,
                .otherwise = "0.05",
                .meaning = "share of the price that a year of maintenance costs"},
    convention_input,
};
constexpr std::array outputs = {
    SolverOutput{"capex_usd", "USD", "the duration's share of the price"},
    SolverOutput{"opex_energy_usd", "USD", "electricity"},
    SolverOutput{"opex_maintenance_usd", "USD", "maintenance"},
    SolverOutput{"total_opex_usd", "USD", "both"},
    SolverOutput{"tco_usd", "USD", "price and running together"},
    SolverOutput{"tco_full_capex_usd", "USD", "the same with the whole price instead of its share"},
    SolverOutput{"it_energy_kwh", "kWh", "of the devices"},
    SolverOutput{"total_energy_kwh", "kWh", "with cooling and losses"},
    SolverOutput{"carbon_kg", "kg", "carbon dioxide, embodied carbon included"},
    SolverOutput{"embodied_kg", "kg", "the share of making the devices"},
    SolverOutput{"water_l", "l", "water"},
    SolverOutput{"pue", "1", "power usage effectiveness"},
    SolverOutput{"region", "", "the grid"},
};

Json solve(const SolverInputs& in) {
  const FleetFigures fleet = in.fleet();
  const GridFigures grid = read_grid(in);
  const Footprint print = read_footprint(in, fleet, grid);
  if (!fleet.device.unit_cost_usd) in.warn("the price of the device is unknown and counts as 0 USD");
  constexpr double seconds_a_year = 365.0 * 86400;
  const double years = in.quantity<Seconds>("duration").si() / seconds_a_year;
  const double price =
      fleet.device.unit_cost_usd.value_or(0) * fleet.devices() * in.number("infrastructure_multiplier");
  const double capex = price / in.number("amortization_years") * years;
  const double energy = print.facility_kwh * in.number("kwh_price");
  const double maintenance = price * in.number("annual_maintenance") * years;
  return {{"capex_usd", capex},
          {"opex_energy_usd", energy},
          {"opex_maintenance_usd", maintenance},
          {"total_opex_usd", energy + maintenance},
          {"tco_usd", capex + energy + maintenance},
          {"tco_full_capex_usd", price + energy + maintenance},
          {"it_energy_kwh", print.it_kwh},
          {"total_energy_kwh", print.facility_kwh},
          {"carbon_kg", print.carbon_kg},
          {"embodied_kg", print.embodied_kg},
          {"water_l", print.water_l},
          {"pue", grid.pue},
          {"region", grid.name}};
}

}  // namespace

constexpr Solver economics{
    .source = "mlsysim EconomicsModel; R07", .inputs = inputs, .outputs = outputs, .solve = solve};

}  // namespace lockstep::validation::mlsysim
