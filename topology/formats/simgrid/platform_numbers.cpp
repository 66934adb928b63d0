#include "topology/formats/simgrid/platform_numbers.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <span>

#include "topology/formats/import_text.hpp"

namespace lockstep::topology::simgrid {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

// SimGrid multiplies by 1e-6 where others divide by 1e6; doing the same gives the same double.
constexpr std::array time_units = {Unit{"", 1},       Unit{"s", 1},      Unit{"ms", 1e-3}, Unit{"us", 1e-6},
                                   Unit{"ns", 1e-9},  Unit{"ps", 1e-12}, Unit{"m", 60},    Unit{"h", 3600},
                                   Unit{"d", 86'400}, Unit{"w", 604'800}};
constexpr std::array decimal_prefixes = {Unit{"", 1},     Unit{"k", 1e3},  Unit{"M", 1e6},
                                         Unit{"G", 1e9},  Unit{"T", 1e12}, Unit{"P", 1e15},
                                         Unit{"E", 1e18}, Unit{"Z", 1e21}, Unit{"Y", 1e24}};
constexpr std::array binary_prefixes = {Unit{"Ki", 0x1p10}, Unit{"Mi", 0x1p20}, Unit{"Gi", 0x1p30}, Unit{"Ti", 0x1p40},
                                        Unit{"Pi", 0x1p50}, Unit{"Ei", 0x1p60}, Unit{"Zi", 0x1p70}, Unit{"Yi", 0x1p80}};
// "zeta" is SimGrid's own spelling.
constexpr std::array long_prefixes = {Unit{"", 1},         Unit{"kilo", 1e3},  Unit{"mega", 1e6}, Unit{"giga", 1e9},
                                      Unit{"tera", 1e12},  Unit{"peta", 1e15}, Unit{"exa", 1e18}, Unit{"zeta", 1e21},
                                      Unit{"zetta", 1e21}, Unit{"yotta", 1e24}};

struct Parsed {
  double number;
  std::string_view unit;
};

std::optional<Parsed> number_and_unit(std::string_view text) {
  std::string_view body = trimmed(text);
  if (body.starts_with('+')) body.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), number);
  if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
  return Parsed{number, trimmed(body.substr(static_cast<std::size_t>(end - body.data())))};
}

std::optional<double> factor_of(std::string_view name, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (unit.name == name) return unit.factor;
  }
  return std::nullopt;
}

// The factor of "GBps" for the stem "Bps".
std::optional<double> prefix_before(std::string_view stem, std::string_view name, std::span<const Unit> prefixes) {
  if (!name.ends_with(stem)) return std::nullopt;
  return factor_of(name.substr(0, name.size() - stem.size()), prefixes);
}

std::optional<double> times(double number, std::optional<double> factor) {
  if (!factor || !std::isfinite(number * *factor)) return std::nullopt;
  return number * *factor;
}

}  // namespace

std::optional<Seconds> seconds_from(std::string_view text) {
  const auto parsed = number_and_unit(text);
  if (!parsed) return std::nullopt;
  const auto value = times(parsed->number, factor_of(parsed->unit, time_units));
  return value ? std::optional(Seconds(*value)) : std::nullopt;
}

std::optional<Bandwidth> bandwidth_from(std::string_view text) {
  const auto parsed = number_and_unit(text);
  if (!parsed) return std::nullopt;
  std::optional<double> factor;
  if (parsed->unit.empty()) factor = 1;
  for (const auto prefixes : {std::span<const Unit>(decimal_prefixes), std::span<const Unit>(binary_prefixes)}) {
    if (!factor) factor = prefix_before("Bps", parsed->unit, prefixes);
    if (factor) continue;
    factor = prefix_before("bps", parsed->unit, prefixes);
    if (factor) *factor *= 0.125;
  }
  const auto value = times(parsed->number, factor);
  return value ? std::optional(Bandwidth(*value)) : std::nullopt;
}

std::optional<FlopRate> flop_rate_from(std::string_view text) {
  const auto parsed = number_and_unit(text);
  if (!parsed) return std::nullopt;
  std::optional<double> factor;
  if (parsed->unit.empty()) factor = 1;
  if (!factor) factor = prefix_before("f", parsed->unit, decimal_prefixes);
  if (!factor) factor = prefix_before("flops", parsed->unit, long_prefixes);
  const auto value = times(parsed->number, factor);
  return value ? std::optional(FlopRate(*value)) : std::nullopt;
}

std::optional<std::uint32_t> count_from(std::string_view text) {
  const std::string_view digits = trimmed(text);
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  const std::string_view rest = digits.substr(static_cast<std::size_t>(end - digits.data()));
  if (error != std::errc()) return std::nullopt;
  if (!rest.empty() && (rest.front() != '.' || rest.find_first_not_of("0123456789", 1) != rest.npos)) {
    return std::nullopt;
  }
  return count;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> pieces;
  while (true) {
    const auto end = text.find_first_of(separators);
    pieces.push_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::optional<Radical> Radical::from(std::string_view text) {
  Radical radical;
  for (const std::string_view piece : split(text, ",")) {
    const auto ends = split(piece, "-");
    const auto first = count_from(ends.front());
    const auto last = count_from(ends.back());
    if (ends.size() > 2 || !first || !last || *last < *first) return std::nullopt;
    radical.ranges_.push_back({*first, *last});
    radical.size_ += std::uint64_t{*last} - *first + 1;
  }
  return radical;
}

std::vector<std::uint32_t> Radical::first(std::uint64_t most) const {
  std::vector<std::uint32_t> numbers;
  for (const Range& range : ranges_) {
    for (std::uint64_t number = range.first; number <= range.last && numbers.size() < most; ++number) {
      numbers.push_back(static_cast<std::uint32_t>(number));
    }
  }
  return numbers;
}

}  // namespace lockstep::topology::simgrid
