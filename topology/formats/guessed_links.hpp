#pragma once

#include <map>
#include <string>

#include "topology/fleet_builder.hpp"
#include "topology/formats/attributed_graph.hpp"

namespace lockstep::topology {

// Degrees on the globe.
struct Coordinates {
  double latitude = 0;
  double longitude = 0;
};

// The shortest way on the globe between two points, in metres.
double great_circle_metres(Coordinates a, Coordinates b);

// Finds out what the edges of a graph of another program can carry, and remembers what had to be guessed.
class GuessedLinks {
 public:
  explicit GuessedLinks(const ImportOptions& options) : options_(options) {}

  // `between_ends` is the distance of the edge's nodes in metres, where it is known.
  // Throws InputError at `where` for a text with a unit that does not fit.
  LinkProperties properties(const Attributes& attributes, std::optional<double> between_ends, const std::string& where);
  // Adds a warning for each kind of guess.
  void warn(FleetBuilder& builder) const;

 private:
  std::optional<Bandwidth> bandwidth(const Attributes& attributes, const std::string& where);
  std::optional<Seconds> latency(const Attributes& attributes, std::optional<double> between_ends,
                                 const std::string& where);
  Seconds over_fibre(double metres) const;
  // A text with a unit; a bare number is remembered and not used.
  template <class AnyQuantity>
  std::optional<AnyQuantity> quantity(const Attributes& attributes, std::string_view key, const std::string& where);

  const ImportOptions& options_;
  std::map<std::string, std::size_t, std::less<>> unitless_;  // how often an attribute had no unit
  std::size_t only_speed_ = 0;
  std::size_t only_latency_ = 0;
  std::size_t neither_ = 0;
  std::size_t by_length_ = 0;
  std::size_t by_coordinates_ = 0;
};

}  // namespace lockstep::topology
