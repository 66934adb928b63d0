#include "topology/formats/guessed_links.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/unit_text.hpp"
#include "topology/formats/import_text.hpp"

namespace lockstep::topology {
namespace {

// Light in glass: the vacuum's 299 792 458 m/s over a refractive index of about 1.5 (1.468 in standard single-mode
// fibre at 1550 nm, ITU-T G.652), rounded as everyone does to 5 us for each km.
constexpr double fibre_metres_per_s = 2e8;

// The mean radius of the Earth (IUGG).
constexpr double earth_metres = 6371008.8;

std::optional<double> number_at(const Attributes& attributes, std::string_view key) {
  const std::string* text = find_attribute(attributes, key);
  return text == nullptr ? std::nullopt : number_in(*text);
}

// Topology Zoo: LinkSpeedRaw is in bit/s, LinkSpeed a number of LinkSpeedUnits (K, M, G, T for kbit/s …).
std::optional<Bandwidth> zoo_speed(const Attributes& attributes) {
  double bits_per_s = number_at(attributes, "LinkSpeedRaw").value_or(0);
  if (bits_per_s <= 0) {
    const std::string* unit = find_attribute(attributes, "LinkSpeedUnits");
    if (unit == nullptr || unit->size() != 1) return std::nullopt;
    constexpr std::string_view prefixes = "KMGT";
    const std::size_t prefix = prefixes.find(unit->front());
    if (prefix == std::string_view::npos) return std::nullopt;
    bits_per_s = number_at(attributes, "LinkSpeed").value_or(0) * std::pow(1e3, static_cast<double>(prefix + 1));
  }
  if (!(bits_per_s > 0) || !std::isfinite(bits_per_s)) return std::nullopt;
  return Bandwidth(bits_per_s / 8);
}

std::string links_count(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " link" : " links");
}

}  // namespace

double great_circle_metres(Coordinates a, Coordinates b) {
  constexpr double radians = std::numbers::pi / 180;
  const double half_up = std::sin((b.latitude - a.latitude) * radians / 2);
  const double half_across = std::sin((b.longitude - a.longitude) * radians / 2);
  const double haversine =
      half_up * half_up + std::cos(a.latitude * radians) * std::cos(b.latitude * radians) * half_across * half_across;
  return 2 * earth_metres * std::asin(std::sqrt(std::clamp(haversine, 0.0, 1.0)));
}

LinkProperties GuessedLinks::properties(const Attributes& attributes, std::optional<double> between_ends,
                                        const std::string& where) {
  LinkProperties link = options_.default_link;
  const auto stated_bandwidth = bandwidth(attributes, where);
  const auto known_latency = latency(attributes, between_ends, where);
  quantity<Bandwidth>(attributes, "weight", where);  // a unit would be used, the usual bare number is reported
  if (stated_bandwidth) link.bandwidth = *stated_bandwidth;
  if (known_latency) link.latency = *known_latency;
  if (stated_bandwidth && !known_latency) ++only_speed_;
  if (!stated_bandwidth) ++(known_latency ? only_latency_ : neither_);
  check_link(link, where);
  return link;
}

std::optional<Bandwidth> GuessedLinks::bandwidth(const Attributes& attributes, const std::string& where) {
  for (const char* key : {"bandwidth", "capacity", "speed", "rate"}) {
    if (const auto stated = quantity<Bandwidth>(attributes, key, where)) return stated;
  }
  return zoo_speed(attributes);
}

// A distance is used although it gives the fibre's share only: over hundreds of km that is nearly all of the latency,
// and any default made for a machine room would be wrong a thousandfold. Between neighbours the default is the more.
std::optional<Seconds> GuessedLinks::latency(const Attributes& attributes, std::optional<double> between_ends,
                                             const std::string& where) {
  for (const char* key : {"latency", "delay"}) {
    if (const auto stated = quantity<Seconds>(attributes, key, where)) return stated;
  }
  const std::optional<double> kilometres = number_at(attributes, "dist");
  if (kilometres && *kilometres >= 0) {
    ++by_length_;
    return over_fibre(*kilometres * 1e3);
  }
  if (!between_ends) return std::nullopt;
  ++by_coordinates_;
  return over_fibre(*between_ends);
}

Seconds GuessedLinks::over_fibre(double metres) const {
  return std::max(Seconds(metres / fibre_metres_per_s), options_.default_link.latency);
}

template <class AnyQuantity>
std::optional<AnyQuantity> GuessedLinks::quantity(const Attributes& attributes, std::string_view key,
                                                  const std::string& where) {
  const std::string* text = find_attribute(attributes, key);
  if (text == nullptr || trimmed(*text).empty()) return std::nullopt;
  if (number_in(*text)) {
    ++unitless_[std::string(key)];
    return std::nullopt;
  }
  return parse_quantity<AnyQuantity>(*text, where + ": " + std::string(key));
}

void GuessedLinks::warn(FleetBuilder& builder) const {
  for (const auto& [key, count] : unitless_) {
    builder.warn("'" + key + "' of " + links_count(count) + " has no unit and was not used");
  }
  if (by_length_ > 0) {
    builder.warn("the latency of " + links_count(by_length_) +
                 " is that of light in fibre (2e8 m/s) over their 'dist', taken as km");
  }
  if (by_coordinates_ > 0) {
    builder.warn(
        "the latency of " + links_count(by_coordinates_) +
        " is that of light in fibre (2e8 m/s) over the great circle between their ends; real cables are longer");
  }
  if (only_speed_ > 0) {
    builder.warn(links_count(only_speed_) + " without a latency got " + to_text(options_.default_link.latency));
  }
  if (only_latency_ > 0) {
    builder.warn(links_count(only_latency_) + " without a speed got " + to_text(options_.default_link.bandwidth));
  }
  warn_of_default_link(builder, neither_, options_);
}

}  // namespace lockstep::topology
