#pragma once

#include "validation/solvers/solver_inputs.hpp"

namespace lockstep::validation::mlsysim {

// What a fleet draws, emits and drinks in a time.
struct Footprint {
  double it_kwh = 0;
  double facility_kwh = 0;
  double carbon_kg = 0;
  double embodied_kg = 0;
  double water_l = 0;
};

// R07. Water: mlsysim applies the litres of an IT kWh to the energy of the whole facility; corrected, to IT energy.
enum class WaterBasis { facility_energy, it_energy };
Footprint footprint(const FleetFigures& fleet, const GridFigures& grid, double hours, double mfu, WaterBasis basis);

// The inputs "cluster", "duration", "grid", "mfu", "embodied_carbon_per_device" and "convention" together.
Footprint read_footprint(const SolverInputs& inputs, const FleetFigures& fleet, const GridFigures& grid);
GridFigures read_grid(const SolverInputs& inputs);

}  // namespace lockstep::validation::mlsysim
