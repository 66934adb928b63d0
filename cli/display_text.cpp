#include "cli/display_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <ostream>

namespace lockstep::cli {
namespace {

struct CodePoints {
  std::uint32_t first;
  std::uint32_t last;
};
// The blocks that matter of Unicode's EastAsianWidth (W, F) and of its marks without width (Mn, Cf).
constexpr std::array wide_blocks = {
    CodePoints{0x1100, 0x115F},   CodePoints{0x2E80, 0x303E},   CodePoints{0x3041, 0xA4CF},
    CodePoints{0xAC00, 0xD7A3},   CodePoints{0xF900, 0xFAFF},   CodePoints{0xFE30, 0xFE6F},
    CodePoints{0xFF00, 0xFF60},   CodePoints{0xFFE0, 0xFFE6},   CodePoints{0x1F300, 0x1F64F},
    CodePoints{0x1F680, 0x1F6FF}, CodePoints{0x1F900, 0x1F9FF}, CodePoints{0x20000, 0x3FFFD}};
constexpr std::array widthless_blocks = {CodePoints{0x0300, 0x036F}, CodePoints{0x200B, 0x200F},
                                         CodePoints{0x20D0, 0x20FF}, CodePoints{0xFE00, 0xFE0F}};

template <std::size_t Count>
bool within(std::uint32_t code, const std::array<CodePoints, Count>& blocks) {
  return std::any_of(blocks.begin(), blocks.end(),
                     [code](CodePoints block) { return block.first <= code && code <= block.last; });
}

// How many bytes a character has by its first one; 0 for a byte that begins none.
std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  if (first >= 0xF0 && first <= 0xF4) return 4;
  return 0;
}

struct Character {
  std::uint32_t code;
  std::size_t bytes;
};

// The character at the beginning of `text`, which is not empty; a byte that belongs to none stands for itself.
Character first_character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = sequence_length(first);
  const Character lone_byte = {first, 1};
  if (length <= 1 || length > text.size()) return lone_byte;
  std::uint32_t code = first & (0x7Fu >> length);
  for (const char next : text.substr(1, length - 1)) {
    const auto byte = static_cast<unsigned char>(next);
    if ((byte & 0xC0u) != 0x80u) return lone_byte;
    code = (code << 6u) | (byte & 0x3Fu);
  }
  return {code, length};
}

std::string shortest(double number, std::chars_format format) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, format);
  return {buffer.data(), end.ptr};
}

bool is_control(Character character) {
  const bool c1 = character.bytes == 2 && character.code < 0xA0;  // U+0080 to U+009F steer terminals too
  return character.code < 0x20 || character.code == 0x7F || c1;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character character = first_character(text);
    if (within(character.code, wide_blocks)) {
      width += 2;
    } else if (!within(character.code, widthless_blocks)) {
      width += 1;
    }
    text.remove_prefix(character.bytes);
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Character character = first_character(text);
    if (is_control(character)) {
      result += ' ';
    } else if (character.bytes == 1 && character.code >= 0x80) {
      result += '?';
    } else {
      result += text.substr(0, character.bytes);
    }
    text.remove_prefix(character.bytes);
  }
  return result;
}

void print_wrapped(std::ostream& out, std::string_view text, std::size_t width, std::size_t indent) {
  const std::string clean = printable(text);
  std::string_view rest = clean;
  std::string line;
  const auto flush = [&] {
    out << std::string(indent, ' ') << line << '\n';
    line.clear();
  };
  while (!rest.empty()) {
    const std::size_t space = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, space);
    rest.remove_prefix(std::min(space + 1, rest.size()));
    if (word.empty()) continue;
    if (!line.empty() && indent + display_width(line) + 1 + display_width(word) > width) flush();
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) flush();
}

std::string number_text(double number) {
  const double size = std::abs(number);
  if (size == 0 || (size >= 1e-3 && size < 1e6)) return shortest(number, std::chars_format::fixed);
  std::string scientific = shortest(number, std::chars_format::scientific);  // "-7.06e+10"
  const std::size_t e = scientific.find('e');
  if (e == std::string::npos) return scientific;  // not finite
  const std::size_t sign = number < 0 ? 1 : 0;
  std::string digits = scientific.substr(sign, e - sign);
  std::erase(digits, '.');
  const int exponent = std::stoi(scientific.substr(e + 1));
  const int shift = ((exponent % 3) + 3) % 3;
  const std::size_t whole = static_cast<std::size_t>(shift) + 1;
  if (digits.size() < whole) digits.append(whole - digits.size(), '0');
  if (digits.size() > whole) digits.insert(whole, 1, '.');
  return scientific.substr(0, sign) + digits + 'e' + std::to_string(exponent - shift);
}

std::string short_number_text(double number) {
  std::array<char, 32> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::scientific, 3);
  double rounded = number;
  std::from_chars(buffer.data(), end, rounded);
  return number_text(rounded);
}

std::string difference_text(double difference) {
  if (!std::isfinite(difference)) return "–";
  if (std::abs(difference) < 1e-5) return fmt::format("{:+.1e}", difference);
  constexpr double most_of_a_percentage = 10;
  if (difference > most_of_a_percentage) return fmt::format("×{:.4g}", 1 + difference);
  return fmt::format("{:+.3f} %", 100 * difference);
}

}  // namespace lockstep::cli
