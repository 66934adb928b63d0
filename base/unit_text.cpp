#include "base/unit_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <span>

#include "base/error.hpp"

namespace lockstep {
namespace {

// A unit is 10^power_of_ten × factor of the SI unit. The power of ten moves the decimal point of the text, which rounds
// nothing: "0.1 us" is the double nearest to 1e-7.
struct Unit {
  std::string_view name;
  int power_of_ten = 0;
  double factor = 1;
};

constexpr std::array no_prefix = {Unit{""}};
constexpr std::array prefixes = {Unit{""},
                                 Unit{"k", 3},
                                 Unit{"K", 3},
                                 Unit{"M", 6},
                                 Unit{"G", 9},
                                 Unit{"T", 12},
                                 Unit{"P", 15},
                                 Unit{"E", 18},
                                 Unit{"Z", 21},
                                 Unit{"Y", 24},
                                 Unit{"Ki", 0, 0x1p10},
                                 Unit{"Mi", 0, 0x1p20},
                                 Unit{"Gi", 0, 0x1p30},
                                 Unit{"Ti", 0, 0x1p40},
                                 Unit{"Pi", 0, 0x1p50},
                                 Unit{"Ei", 0, 0x1p60}};

constexpr double minute = 60, hour = 3600, day = 86400;
constexpr double bit = 1.0 / 8;

constexpr std::array times = {Unit{"s"},
                              Unit{"ms", -3},
                              Unit{"us", -6},
                              Unit{"\u00b5s", -6},  // the micro sign
                              Unit{"\u03bcs", -6},  // the Greek letter, which looks the same
                              Unit{"ns", -9},
                              Unit{"ps", -12},
                              Unit{"min", 0, minute},
                              Unit{"m", 0, minute},
                              Unit{"h", 0, hour},
                              Unit{"d", 0, day},
                              Unit{"day", 0, day},
                              Unit{"days", 0, day},
                              Unit{"w", 0, 7 * day},
                              Unit{"week", 0, 7 * day},
                              Unit{"weeks", 0, 7 * day}};
constexpr std::array sizes = {Unit{"B"},         Unit{"byte"},        Unit{"bytes"},
                              Unit{"b", 0, bit}, Unit{"bit", 0, bit}, Unit{"bits", 0, bit}};
constexpr std::array bandwidths = {Unit{"B/s"},           Unit{"Bps"},           Unit{"byte/s"},
                                   Unit{"bytes/s"},       Unit{"b/s", 0, bit},   Unit{"bps", 0, bit},
                                   Unit{"bit/s", 0, bit}, Unit{"bits/s", 0, bit}};
constexpr std::array works = {Unit{"FLOP"}, Unit{"FLOPs"}, Unit{"flop"}, Unit{"flops"}};
constexpr std::array work_rates = {Unit{"FLOP/s"},  Unit{"FLOPs/s"}, Unit{"FLOPS"}, Unit{"flop/s"},
                                   Unit{"flops/s"}, Unit{"flops"},   Unit{"f"}};
constexpr std::array frequencies = {Unit{"Hz"}, Unit{"/s"}, Unit{"1/s"}};

// How one kind of quantity is written.
struct Spelling {
  std::string_view kind;
  std::string_view examples;
  std::span<const Unit> units;
  std::span<const Unit> prefixes;
};
constexpr Spelling spelling_of(Seconds) {
  return {"a time", "\"2 us\" or \"30 min\" (units: s, ms, us, ns, ps, min, h, d)", times, no_prefix};
}
constexpr Spelling spelling_of(Bytes) {
  return {"a size", "\"64 MiB\" or \"1 GB\" (units: B, kB, MB, …, KiB, MiB, …, bit, kbit, …)", sizes, prefixes};
}
constexpr Spelling spelling_of(Bandwidth) {
  return {"a bandwidth", "\"50 GB/s\" or \"400 Gbit/s\" (units: B/s, GB/s, GiB/s, …, bit/s, Gbit/s, …)", bandwidths,
          prefixes};
}
constexpr Spelling spelling_of(Flops) {
  return {"an amount of work", "\"3 TFLOP\" (units: FLOP, GFLOP, TFLOP, …)", works, prefixes};
}
constexpr Spelling spelling_of(FlopRate) {
  return {"a computing speed", "\"989 TFLOP/s\" (units: FLOP/s, GFLOP/s, TFLOP/s, …)", work_rates, prefixes};
}
constexpr Spelling spelling_of(Frequency) {
  return {"a rate", "\"200 /s\" or \"1.5 kHz\" (units: /s, Hz, kHz, …)", frequencies, prefixes};
}

// Why a text is no quantity; parse_quantity adds where it stands and what was wanted.
struct Problem {
  std::string why;
};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

Unit unit_called(std::string_view name, const Spelling& spelling) {
  for (const Unit& unit : spelling.units) {
    if (!name.ends_with(unit.name)) continue;
    const std::string_view start = name.substr(0, name.size() - unit.name.size());
    for (const Unit& prefix : spelling.prefixes) {
      if (prefix.name == start) {
        return {name, prefix.power_of_ten + unit.power_of_ten, prefix.factor * unit.factor};
      }
    }
  }
  throw Problem{"the unit '" + excerpt(name) + "' does not fit"};
}

// A decimal number in its parts: `digits` with an optional sign and point, times ten to the `exponent`.
struct Decimal {
  std::string_view digits;
  std::int64_t exponent = 0;
};

// Takes the number off the front of `text`.
Decimal take_decimal(std::string_view& text) {
  double unused = 0;
  const std::string_view unsigned_text = text.substr(text.starts_with('-') ? 1 : 0);
  const bool begins =
      !unsigned_text.empty() && (unsigned_text[0] == '.' || (unsigned_text[0] >= '0' && unsigned_text[0] <= '9'));
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), unused);
  if (!begins || error == std::errc::invalid_argument) throw Problem{"it does not begin with a number"};
  const std::string_view number = text.substr(0, static_cast<std::size_t>(end - text.data()));
  text.remove_prefix(number.size());
  const std::size_t e = number.find_first_of("eE");
  if (e == std::string_view::npos) return {number};
  std::string_view exponent_text = number.substr(e + 1);
  if (exponent_text.starts_with('+')) exponent_text.remove_prefix(1);
  constexpr std::int64_t most = 1'000'000'000'000;  // beyond the length of any text
  std::int64_t exponent = exponent_text.starts_with('-') ? -most : most;
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  return {number.substr(0, e), std::clamp(exponent, -most, most)};
}

// Whether the first digit that counts stands left of the point.
bool is_large(const Decimal& number) {
  const std::size_t point = std::min(number.digits.find('.'), number.digits.size());
  const std::size_t first = number.digits.find_first_of("123456789");
  return static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first) + number.exponent > 0;
}

double nearest_double(const Decimal& number) {
  const std::string text = std::string(number.digits) + "e" + std::to_string(number.exponent);
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec == std::errc::result_out_of_range && is_large(number)) throw Problem{"the number is out of range"};
  return value;
}

double read(std::string_view text, const Spelling& spelling) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  Decimal number = take_decimal(text);
  const std::string_view unit_name = trimmed(text);
  if (unit_name.empty()) throw Problem{"it has no unit"};
  const Unit unit = unit_called(unit_name, spelling);
  number.exponent += unit.power_of_ten;
  const double value = nearest_double(number) * unit.factor;
  if (!std::isfinite(value)) throw Problem{"the number is out of range"};
  return value;
}

}  // namespace

template <class AnyQuantity>
AnyQuantity parse_quantity(std::string_view text, const std::string& where) {
  const Spelling spelling = spelling_of(AnyQuantity());
  try {
    return AnyQuantity(read(trimmed(text), spelling));
  } catch (const Problem& problem) {
    throw InputError({.where = where,
                      .problem = "\"" + excerpt(text) + "\" is not " + std::string(spelling.kind) + ": " + problem.why,
                      .suggestion = "write for example " + std::string(spelling.examples)});
  }
}

template Seconds parse_quantity<Seconds>(std::string_view, const std::string&);
template Bytes parse_quantity<Bytes>(std::string_view, const std::string&);
template Flops parse_quantity<Flops>(std::string_view, const std::string&);
template Bandwidth parse_quantity<Bandwidth>(std::string_view, const std::string&);
template FlopRate parse_quantity<FlopRate>(std::string_view, const std::string&);
template Frequency parse_quantity<Frequency>(std::string_view, const std::string&);

std::string counted(std::uint64_t count, std::string_view noun) {
  std::string words = std::to_string(count) + " " + std::string(noun);
  if (count == 1) return words;
  if (noun.ends_with("ex")) return words.replace(words.size() - 2, 2, "ices");
  return words + (noun.ends_with("ch") ? "es" : "s");
}

}  // namespace lockstep
