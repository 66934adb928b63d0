#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>

// Text as a terminal shows it.
namespace lockstep::cli {

// How many columns a terminal gives the text: UTF-8 is counted by character, East Asian wide ones twice, combining
// marks not at all. Bytes that are no UTF-8 count one each.
std::size_t display_width(std::string_view text);

// The text without what would break a table or steer the terminal: a space for each control character, a question mark
// for each byte that is no UTF-8.
std::string printable(std::string_view text);

// Breaks the text at spaces into lines of at most `width` columns (a longer word stands alone), each after `indent`
// spaces, and ends the last one too.
void print_wrapped(std::ostream& out, std::string_view text, std::size_t width, std::size_t indent = 0);

// Every digit that matters, exponents in steps of three: "700", "0.85", "70.6e9".
std::string number_text(double number);
// The same of the number rounded to four digits.
std::string short_number_text(double number);

// A relative difference: "+3.1 %", or what is left of it where it is rounding, or "×1.5e+12" where a percentage would
// be all digits.
std::string difference_text(double difference);

}  // namespace lockstep::cli
