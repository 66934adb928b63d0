#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "base/distribution.hpp"
#include "validation/solvers/figures.hpp"
#include "validation/solvers/solver.hpp"

namespace lockstep::validation {

// Where a solver's scenario comes from, for messages and for names of the catalog.
struct SolverSource {
  const Catalog& catalog;
  std::string file = {};
  std::string directory = ".";  // that file names in it start from
};

struct GridFigures {
  std::string name;
  double carbon_g_per_kwh = 0;
  double pue = 1;            // power usage effectiveness
  double wue_l_per_kwh = 0;  // water usage effectiveness
};

// The fields of one scenario, read by the table of a solver's inputs. An input is looked for in "solve", then at the
// root, then where a training scenario states it; then its default holds. All that is read is remembered for the
// answer. Names that are not in the solver's table are programming errors. Reading throws InputError.
class SolverInputs {
 public:
  // Refuses keys that neither the solver nor a scenario knows. `document` must outlive this.
  SolverInputs(const Json& document, std::span<const SolverInput> table, const SolverSource& source);

  bool stated(std::string_view name) const;
  double number(std::string_view name) const;
  std::optional<double> maybe_number(std::string_view name) const;
  std::uint32_t count(std::string_view name) const;
  std::optional<std::uint32_t> maybe_count(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::string text(std::string_view name) const;
  std::vector<double> numbers(std::string_view name) const;
  template <class AnyQuantity>
  AnyQuantity quantity(std::string_view name) const;
  // Of times, in seconds.
  Distribution distribution(std::string_view name) const;
  Precision precision(std::string_view name = "precision") const;

  ModelFigures model(std::string_view name = "model") const;
  DeviceFigures hardware(std::string_view name = "hardware") const;
  FabricFigures fabric(std::string_view name = "fabric") const;
  // The inputs "cluster", "fabric" and "oversubscription_ratio" together.
  FleetFigures fleet() const;
  GridFigures grid(std::string_view name = "grid") const;

  // Something that a person should know although the solver goes on.
  void warn(const std::string& text) const;
  const std::vector<std::string>& warnings() const { return *warnings_; }
  // Every input with the value that held, in the order of the table.
  Json as_solved() const;
  // "file: path" of an input, for messages.
  std::string where(std::string_view name) const;

 private:
  struct Found {
    const Json* value = nullptr;  // null where nobody stated it
    std::string path;
    bool is_plain = false;  // under the name that states the unit
  };
  const SolverInput& entry(std::string_view name) const;
  // Whether the table has such an input and somebody states it.
  bool stated_in_table(std::string_view name) const;
  Found find(const SolverInput& input) const;
  Json value(const SolverInput& input) const;
  double checked_number(const SolverInput& input, const Json& value) const;
  void reject_unknown() const;
  std::string in_file(const std::string& path) const;

  const Json* document_;
  std::span<const SolverInput> table_;
  const SolverSource* source_;
  std::shared_ptr<std::vector<std::string>> warnings_ = std::make_shared<std::vector<std::string>>();
};

extern template Seconds SolverInputs::quantity<Seconds>(std::string_view) const;
extern template Bytes SolverInputs::quantity<Bytes>(std::string_view) const;
extern template Bandwidth SolverInputs::quantity<Bandwidth>(std::string_view) const;
extern template Flops SolverInputs::quantity<Flops>(std::string_view) const;
extern template FlopRate SolverInputs::quantity<FlopRate>(std::string_view) const;

}  // namespace lockstep::validation
