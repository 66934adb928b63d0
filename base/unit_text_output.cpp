#include <array>
#include <charconv>
#include <cmath>
#include <span>

#include "base/unit_text.hpp"

namespace lockstep {
namespace {

struct Step {
  double size;
  std::string_view unit;
};

constexpr std::array time_steps = {Step{86400, "d"}, Step{3600, "h"},  Step{60, "min"}, Step{1, "s"},
                                   Step{1e-3, "ms"}, Step{1e-6, "us"}, Step{1e-9, "ns"}};
constexpr std::array size_steps = {Step{0x1p50, "PiB"}, Step{0x1p40, "TiB"}, Step{0x1p30, "GiB"},
                                   Step{0x1p20, "MiB"}, Step{0x1p10, "KiB"}, Step{1, "B"}};
constexpr std::array bandwidth_steps = {Step{1e15, "PB/s"}, Step{1e12, "TB/s"}, Step{1e9, "GB/s"},
                                        Step{1e6, "MB/s"},  Step{1e3, "kB/s"},  Step{1, "B/s"}};
constexpr std::array work_steps = {Step{1e18, "EFLOP"}, Step{1e15, "PFLOP"}, Step{1e12, "TFLOP"},
                                   Step{1e9, "GFLOP"},  Step{1e6, "MFLOP"},  Step{1, "FLOP"}};
constexpr std::array work_rate_steps = {Step{1e18, "EFLOP/s"}, Step{1e15, "PFLOP/s"}, Step{1e12, "TFLOP/s"},
                                        Step{1e9, "GFLOP/s"},  Step{1e6, "MFLOP/s"},  Step{1, "FLOP/s"}};
constexpr std::array frequency_steps = {Step{1e9, "GHz"}, Step{1e6, "MHz"}, Step{1e3, "kHz"}, Step{1, "Hz"}};

std::string with_four_digits(double number) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::general, 4);
  return {buffer.data(), end.ptr};
}

// The largest unit that leaves a number of at least 1; `steps` run from large to small.
std::string with_suitable_unit(double value, std::span<const Step> steps) {
  // So near below a step, four digits would print the step itself.
  constexpr double almost = 1 - 1e-12;
  for (const Step& step : steps) {
    if (std::abs(value) >= step.size * almost)
      return with_four_digits(value / step.size) + " " + std::string(step.unit);
  }
  return with_four_digits(value / steps.back().size) + " " + std::string(steps.back().unit);
}

}  // namespace

std::string to_text(Seconds value) {
  return value.si() == 0 ? "0 s" : with_suitable_unit(value.si(), time_steps);
}
std::string to_text(Bytes value) {
  return with_suitable_unit(value.si(), size_steps);
}
std::string to_text(Flops value) {
  return with_suitable_unit(value.si(), work_steps);
}
std::string to_text(Bandwidth value) {
  return with_suitable_unit(value.si(), bandwidth_steps);
}
std::string to_text(FlopRate value) {
  return with_suitable_unit(value.si(), work_rate_steps);
}
std::string to_text(Frequency value) {
  return with_suitable_unit(value.si(), frequency_steps);
}

std::string to_exact_text(Seconds value) {
  return shortest_text(value.si()) + " s";
}
std::string to_exact_text(Bytes value) {
  return shortest_text(value.si()) + " B";
}
std::string to_exact_text(Flops value) {
  return shortest_text(value.si()) + " FLOP";
}
std::string to_exact_text(Bandwidth value) {
  return shortest_text(value.si()) + " B/s";
}
std::string to_exact_text(FlopRate value) {
  return shortest_text(value.si()) + " FLOP/s";
}
std::string to_exact_text(Frequency value) {
  return shortest_text(value.si()) + " Hz";
}

std::string shortest_text(double number) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), end.ptr};
}

}  // namespace lockstep
