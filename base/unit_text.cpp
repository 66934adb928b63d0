#include "base/unit_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <vector>

#include "base/error.hpp"

namespace lockstep {
namespace {

struct Unit {
  std::string_view name;
  double factor;       // a factor above 0 multiplies; exact powers of ten below 1 are kept as divisors, see `divisor`
  double divisor = 1;  // dividing by 1e6 rounds once, multiplying by 1e-6 twice
};

constexpr std::array time_units = {
    Unit{"s", 1},        Unit{"ms", 1, 1e3},  Unit{"us", 1, 1e6},   Unit{"µs", 1, 1e6},     Unit{"ns", 1, 1e9},
    Unit{"ps", 1, 1e12}, Unit{"min", 60},     Unit{"m", 60},        Unit{"h", 3600},        Unit{"d", 86400},
    Unit{"day", 86400},  Unit{"days", 86400}, Unit{"w", 7 * 86400}, Unit{"week", 7 * 86400}};

struct Prefix {
  std::string_view name;
  double factor;
};
constexpr std::array prefixes = {Prefix{"", 1},        Prefix{"k", 1e3},     Prefix{"K", 1e3},     Prefix{"M", 1e6},
                                 Prefix{"G", 1e9},     Prefix{"T", 1e12},    Prefix{"P", 1e15},    Prefix{"E", 1e18},
                                 Prefix{"Ki", 0x1p10}, Prefix{"Mi", 0x1p20}, Prefix{"Gi", 0x1p30}, Prefix{"Ti", 0x1p40},
                                 Prefix{"Pi", 0x1p50}, Prefix{"Ei", 0x1p60}};

// A unit that takes prefixes: "B", "bit/s", "FLOP/s".
struct Stem {
  std::string_view name;
  double divisor = 1;  // bits: 8
};
constexpr std::array data_stems = {Stem{"B"},      Stem{"byte"},    Stem{"bytes"},
                                   Stem{"bit", 8}, Stem{"bits", 8}, Stem{"b", 8}};
constexpr std::array rate_stems = {Stem{"B/s"},    Stem{"bit/s", 8}, Stem{"b/s", 8},
                                   Stem{"bps", 8}, Stem{"Bps"},      Stem{"bytes/s"}};
constexpr std::array work_stems = {Stem{"FLOP"}, Stem{"FLOPs"}, Stem{"flop"}, Stem{"flops"}};
constexpr std::array work_rate_stems = {Stem{"FLOP/s"},  Stem{"FLOPs/s"}, Stem{"flop/s"},
                                        Stem{"flops/s"}, Stem{"FLOPS"},   Stem{"f"}};

// How one kind of quantity is written.
struct Spelling {
  std::string_view kind;
  std::string_view examples;
  std::span<const Unit> units;
  std::span<const Stem> stems;
  std::string_view si_unit;
};
constexpr Spelling spelling_of(Seconds) {
  return {"a time", "\"2 us\", \"30 min\" (s, ms, us, ns, min, h, d)", time_units, {}, "s"};
}
constexpr Spelling spelling_of(Bytes) {
  return {"a size", "\"64 MiB\", \"1 GB\" (B, kB, MB, KiB, MiB, …, bit)", {}, data_stems, "B"};
}
constexpr Spelling spelling_of(Bandwidth) {
  return {"a bandwidth", "\"50 GB/s\", \"400 Gbit/s\"", {}, rate_stems, "B/s"};
}
constexpr Spelling spelling_of(Flops) {
  return {"an amount of work", "\"3 TFLOP\"", {}, work_stems, "FLOP"};
}
constexpr Spelling spelling_of(FlopRate) {
  return {"a computing speed", "\"989 TFLOP/s\"", {}, work_rate_stems, "FLOP/s"};
}

bool apply_unit(const Spelling& spelling, std::string_view unit, double& number) {
  for (const Unit& candidate : spelling.units) {
    if (candidate.name == unit) return number = number * candidate.factor / candidate.divisor, true;
  }
  for (const Stem& stem : spelling.stems) {
    if (!unit.ends_with(stem.name)) continue;
    const std::string_view prefix_text = unit.substr(0, unit.size() - stem.name.size());
    for (const Prefix& prefix : prefixes) {
      if (prefix.name == prefix_text) return number = number * prefix.factor / stem.divisor, true;
    }
  }
  return false;
}

[[noreturn]] void fail(const Spelling& spelling, std::string_view text, const std::string& where,
                       const std::string& why) {
  constexpr std::size_t longest_quoted = 60;
  const std::string quoted(text.substr(0, longest_quoted));
  throw InputError({.where = where,
                    .problem = "\"" + quoted + "\" is not " + std::string(spelling.kind) + ": " + why,
                    .suggestion = "write for example " + std::string(spelling.examples)});
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

double parse(const Spelling& spelling, std::string_view text, const std::string& where) {
  const std::string_view body = trimmed(text);
  const std::string_view digits = body.starts_with('+') ? body.substr(1) : body;
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc::result_out_of_range) fail(spelling, text, where, "the number is out of range");
  if (error != std::errc() || !std::isfinite(number)) fail(spelling, text, where, "it does not begin with a number");
  const std::string_view unit = trimmed(digits.substr(static_cast<std::size_t>(end - digits.data())));
  if (unit.empty()) fail(spelling, text, where, "it has no unit");
  if (!apply_unit(spelling, unit, number))
    fail(spelling, text, where, "the unit '" + std::string(unit) + "' does not fit");
  if (!std::isfinite(number)) fail(spelling, text, where, "the number is out of range");
  return number;
}

std::string four_digits(double number) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::general, 4);
  return {buffer.data(), end.ptr};
}

struct Step {
  double size;
  std::string_view unit;
};

// Writes with the largest unit that leaves a number of at least 1; `steps` run from large to small.
std::string with_suitable_unit(double value, std::span<const Step> steps) {
  for (const Step& step : steps) {
    if (std::abs(value) >= step.size * (1 - 1e-12))
      return four_digits(value / step.size) + " " + std::string(step.unit);
  }
  return four_digits(value / steps.back().size) + " " + std::string(steps.back().unit);
}

constexpr std::array time_steps = {Step{86400, "d"}, Step{3600, "h"},  Step{60, "min"}, Step{1, "s"},
                                   Step{1e-3, "ms"}, Step{1e-6, "us"}, Step{1e-9, "ns"}};
constexpr std::array data_steps = {Step{0x1p50, "PiB"}, Step{0x1p40, "TiB"}, Step{0x1p30, "GiB"},
                                   Step{0x1p20, "MiB"}, Step{0x1p10, "KiB"}, Step{1, "B"}};
constexpr std::array rate_steps = {Step{1e15, "PB/s"}, Step{1e12, "TB/s"}, Step{1e9, "GB/s"},
                                   Step{1e6, "MB/s"},  Step{1e3, "kB/s"},  Step{1, "B/s"}};
constexpr std::array work_steps = {Step{1e18, "EFLOP"}, Step{1e15, "PFLOP"}, Step{1e12, "TFLOP"},
                                   Step{1e9, "GFLOP"},  Step{1e6, "MFLOP"},  Step{1, "FLOP"}};
constexpr std::array work_rate_steps = {Step{1e18, "EFLOP/s"}, Step{1e15, "PFLOP/s"}, Step{1e12, "TFLOP/s"},
                                        Step{1e9, "GFLOP/s"},  Step{1e6, "MFLOP/s"},  Step{1, "FLOP/s"}};

template <class AnyQuantity>
std::string exact(AnyQuantity value) {
  return shortest_text(value.si()) + " " + std::string(spelling_of(value).si_unit);
}

}  // namespace

template <class AnyQuantity>
AnyQuantity parse_quantity(std::string_view text, const std::string& where) {
  return AnyQuantity(parse(spelling_of(AnyQuantity()), text, where));
}

template Seconds parse_quantity<Seconds>(std::string_view, const std::string&);
template Bytes parse_quantity<Bytes>(std::string_view, const std::string&);
template Flops parse_quantity<Flops>(std::string_view, const std::string&);
template Bandwidth parse_quantity<Bandwidth>(std::string_view, const std::string&);
template FlopRate parse_quantity<FlopRate>(std::string_view, const std::string&);

std::string to_text(Seconds value) {
  return value.si() == 0 ? "0 s" : with_suitable_unit(value.si(), time_steps);
}
std::string to_text(Bytes value) {
  return with_suitable_unit(value.si(), data_steps);
}
std::string to_text(Flops value) {
  return with_suitable_unit(value.si(), work_steps);
}
std::string to_text(Bandwidth value) {
  return with_suitable_unit(value.si(), rate_steps);
}
std::string to_text(FlopRate value) {
  return with_suitable_unit(value.si(), work_rate_steps);
}

std::string to_exact_text(Seconds value) {
  return exact(value);
}
std::string to_exact_text(Bytes value) {
  return exact(value);
}
std::string to_exact_text(Flops value) {
  return exact(value);
}
std::string to_exact_text(Bandwidth value) {
  return exact(value);
}
std::string to_exact_text(FlopRate value) {
  return exact(value);
}

std::string shortest_text(double number) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), end.ptr};
}

}  // namespace lockstep
