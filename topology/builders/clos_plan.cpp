#include "topology/builders/clos_plan.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/unit_text.hpp"

namespace lockstep::topology {
namespace {

constexpr std::int64_t most_levels = 8;
constexpr std::int64_t most_ports = 1'000'000;

// A field that is one number for all levels, or a list with one a level.
template <class Value>
std::vector<Value> per_level(const JsonFields& fields, const std::string& key, std::size_t levels, Value otherwise) {
  const Json* stated = fields.raw(key);
  if (stated == nullptr) return std::vector<Value>(levels, otherwise);
  if (!stated->is_array()) return std::vector<Value>(levels, fields.required<Value>(key));
  auto values = fields.required<std::vector<Value>>(key);
  if (values.size() != levels) {
    fields.fail(key, "must be one number or a list of " + std::to_string(levels) + " (one a level), not " +
                         std::to_string(values.size()));
  }
  return values;
}

std::vector<double> read_oversubscription(const JsonFields& fields, std::size_t levels) {
  // The top level has nothing above it to be oversubscribed, so the list has one entry less than there are levels.
  auto ratios = per_level<double>(fields, "oversubscription", levels - 1, 1.0);
  for (const double ratio : ratios) {
    if (!(ratio >= 1) || ratio > double(most_ports)) {
      fields.fail("oversubscription", "must be from 1 (full bandwidth) to 1000000, not " + shortest_text(ratio));
    }
  }
  return ratios;
}

// Ports of a switch of `radix` ports that go down when `ratio` times as much goes down as up.
ClosPlan::Level split_ports(const JsonFields& fields, std::size_t radix, double ratio) {
  ClosPlan::Level level;
  level.up = static_cast<std::size_t>(std::floor(double(radix) / (1 + ratio)));
  if (level.up == 0) {
    fields.fail("radix",
                std::to_string(radix) + " ports are too few for an oversubscription of " + shortest_text(ratio));
  }
  level.down = static_cast<std::size_t>(std::floor(double(level.up) * ratio));
  return level;
}

std::vector<std::int64_t> checked_counts(const JsonFields& fields, const std::string& key,
                                         std::vector<std::int64_t> counts) {
  for (const std::int64_t count : counts) {
    if (count < 1 || count > most_ports) {
      fields.fail(key, "must be between 1 and " + std::to_string(most_ports) + ", not " + std::to_string(count));
    }
  }
  return counts;
}

// "down": [16, 192, 8]: the widths themselves; the cables up follow from "up" or the oversubscription.
ClosPlan plan_from_widths(const JsonFields& fields) {
  const auto down = checked_counts(fields, "down", fields.required<std::vector<std::int64_t>>("down"));
  if (down.empty() || down.size() > std::size_t{most_levels}) fields.fail("down", "must list 1 to 8 levels");
  const std::size_t levels = down.size();
  if (fields.has("up") && fields.has("oversubscription")) {
    fields.fail("oversubscription", "is said by \"up\" already", "remove one of them");
  }
  const auto ratios = read_oversubscription(fields, levels);
  const auto parallel = checked_counts(fields, "parallel", per_level<std::int64_t>(fields, "parallel", levels - 1, 1));
  const auto up = fields.has("up") ? checked_counts(fields, "up", per_level<std::int64_t>(fields, "up", levels - 1, 1))
                                   : std::vector<std::int64_t>();
  ClosPlan plan;
  for (std::size_t i = 0; i < levels; ++i) {
    ClosPlan::Level level{.down = static_cast<std::size_t>(down[i])};
    if (i > 0) level.cable_speed = plan.levels[i - 1].cable_speed;
    if (i > 0 && up.empty()) {
      // The ratio holds exactly: where no whole number of cables gives it, the cables are that much slower.
      const ClosPlan::Level& below = plan.levels[i - 1];
      level.cable_speed *=
          double(below.down) * (i > 1 ? double(plan.levels[i - 2].parallel) : 1.0) / (ratios[i - 1] * double(below.up));
    }
    if (i + 1 < levels) {
      const double below_cables = double(level.down) * (i > 0 ? double(plan.levels[i - 1].parallel) : 1.0);
      level.parallel = static_cast<std::size_t>(parallel[i]);
      level.up = up.empty() ? static_cast<std::size_t>(std::ceil(below_cables / ratios[i] - 1e-9))
                            : static_cast<std::size_t>(up[i]);
      if (!up.empty() && level.up % level.parallel != 0) {
        fields.fail("up", "must be a multiple of \"parallel\", not " + std::to_string(level.up));
      }
      level.up = (level.up + level.parallel - 1) / level.parallel * level.parallel;
    }
    plan.levels.push_back(level);
  }
  return plan;
}

ClosPlan plan_from_radices(const JsonFields& fields, const std::vector<std::int64_t>& radices) {
  const auto ratios = read_oversubscription(fields, radices.size());
  ClosPlan plan;
  for (std::size_t i = 0; i < radices.size(); ++i) {
    const auto radix = static_cast<std::size_t>(radices[i]);
    const bool top = i + 1 == radices.size();
    ClosPlan::Level level = top ? ClosPlan::Level{.down = radix} : split_ports(fields, radix, ratios[i]);
    if (i > 0) {
      const ClosPlan::Level& below = plan.levels[i - 1];
      level.cable_speed = below.cable_speed * double(below.down) / (ratios[i - 1] * double(below.up));
    }
    plan.levels.push_back(level);
  }
  return plan;
}

// The plan of equal switches on `levels` levels; absent when the radix is too small for the oversubscription.
std::optional<ClosPlan> plan_of_equal_switches(const JsonFields& fields, std::int64_t radix, std::size_t levels) {
  for (const double ratio : read_oversubscription(fields, levels)) {
    if (double(radix) < 1 + ratio) return std::nullopt;
  }
  return plan_from_radices(fields, std::vector<std::int64_t>(levels, radix));
}

// The smallest switches of an even number of ports that hold the end points: with three levels and nothing
// oversubscribed the classic fat tree of Al-Fares et al. 2008, with k³/4 end points.
ClosPlan plan_of_smallest_switches(const JsonFields& fields, std::size_t end_points, std::size_t levels) {
  for (std::int64_t radix = 2; radix <= most_ports; radix += 2) {
    const auto plan = plan_of_equal_switches(fields, radix, levels);
    if (plan && plan->capacity() >= end_points) return *plan;
  }
  fields.fail("levels", "no switches of up to " + std::to_string(most_ports) + " ports hold the devices",
              "allow more levels");
}

// How many levels the user asked for, directly or by a list of ratios.
std::optional<std::size_t> stated_levels(const JsonFields& fields) {
  if (fields.has("levels")) return static_cast<std::size_t>(fields.count("levels", 1, most_levels));
  const Json* ratios = fields.raw("oversubscription");
  if (ratios == nullptr || !ratios->is_array()) return std::nullopt;
  return std::min<std::size_t>(ratios->size() + 1, most_levels);
}

}  // namespace

std::size_t ClosPlan::block(std::size_t level) const {
  std::size_t size = 1;
  for (std::size_t i = 0; i <= level; ++i) {
    size *= levels[i].down;
    if (size > most_vertices) return most_vertices + 1;
  }
  return size;
}

std::size_t ClosPlan::switches_per_block(std::size_t level) const {
  std::size_t count = 1;
  for (std::size_t i = 0; i < level; ++i) {
    count *= levels[i].up / levels[i].parallel;
    if (count > most_vertices) return most_vertices + 1;
  }
  return count;
}

ClosPlan read_clos_plan(const JsonFields& fields, std::optional<std::size_t> end_points) {
  if (fields.has("down")) {
    for (const char* key : {"radix", "levels"}) {
      if (fields.has(key)) fields.fail(key, "is said by \"down\" already", "remove one of them");
    }
    return plan_from_widths(fields);
  }
  const Json* radix = fields.raw("radix");
  if (radix != nullptr && radix->is_array()) {
    const auto radices = checked_counts(fields, "radix", fields.required<std::vector<std::int64_t>>("radix"));
    if (radices.empty() || radices.size() > std::size_t{most_levels}) fields.fail("radix", "must list 1 to 8 levels");
    if (fields.has("levels") && fields.count("levels", 1, most_levels) != static_cast<std::int64_t>(radices.size())) {
      fields.fail("levels", "differs from the number of radices", "remove one of them");
    }
    return plan_from_radices(fields, radices);
  }
  if (radix == nullptr && !end_points) fields.fail("", "a fat tree needs \"devices\", \"radix\" or \"down\"");
  const auto stated = stated_levels(fields);
  if (radix == nullptr) return plan_of_smallest_switches(fields, *end_points, stated.value_or(3));
  const std::int64_t ports = fields.count("radix", 2, most_ports);
  if (stated || !end_points) return plan_from_radices(fields, std::vector<std::int64_t>(stated.value_or(3), ports));
  ClosPlan plan;  // the fewest levels that hold the end points
  for (std::size_t levels = 1; levels <= std::size_t{most_levels}; ++levels) {
    plan = plan_from_radices(fields, std::vector<std::int64_t>(levels, ports));
    if (plan.capacity() >= *end_points) break;
  }
  return plan;
}

}  // namespace lockstep::topology
