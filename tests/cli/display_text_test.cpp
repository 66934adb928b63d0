#include "cli/display_text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace lockstep::cli {
namespace {

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("plain"), 5u);
  EXPECT_EQ(display_width("2 µs → ∞"), 8u);
  EXPECT_EQ(display_width("e\u0301"), 1u);       // a combining accent
  EXPECT_EQ(display_width("\u8a08\u7b97"), 4u);  // two wide characters
  EXPECT_EQ(display_width("\U0001F680"), 2u);
}

TEST(DisplayWidth, CountsBytesThatAreNoUtf8OneEach) {
  EXPECT_EQ(display_width("\xff\xfe"), 2u);
  EXPECT_EQ(display_width("a\xc3"), 2u);       // cut off at the end
  EXPECT_EQ(display_width("\xe2\x82(x"), 4u);  // cut off in the middle
}

TEST(Printable, KeepsTextFromSteeringTheTerminal) {
  EXPECT_EQ(printable("a\nb\tc\x1b[31m\x7f"), "a b c [31m ");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            " 31m");  // U+009B begins a control sequence as well
  EXPECT_EQ(printable("µ\xff"), "µ?");
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent = 0) {
  std::ostringstream out;
  print_wrapped(out, text, width, indent);
  return out.str();
}

TEST(PrintWrapped, BreaksAtSpacesWithinTheWidth) {
  EXPECT_EQ(wrapped("one two three", 7), "one two\nthree\n");
  EXPECT_EQ(wrapped("one two three", 6), "one\ntwo\nthree\n");
  EXPECT_EQ(wrapped("one two three", 9, 2), "  one two\n  three\n");
  EXPECT_EQ(wrapped("µµµ µµµ", 7), "µµµ µµµ\n");
}

TEST(PrintWrapped, LetsALongWordStandAlone) {
  EXPECT_EQ(wrapped("a unbreakable b", 4), "a\nunbreakable\nb\n");
}

TEST(PrintWrapped, PrintsNothingForNothing) {
  EXPECT_EQ(wrapped("", 10), "");
  EXPECT_EQ(wrapped("  ", 10), "");
}

TEST(NumberText, KeepsEveryDigit) {
  EXPECT_EQ(number_text(0), "0");
  EXPECT_EQ(number_text(700), "700");
  EXPECT_EQ(number_text(0.85), "0.85");
  EXPECT_EQ(number_text(-0.001), "-0.001");
  EXPECT_EQ(number_text(999999), "999999");
  EXPECT_EQ(number_text(0.1 + 0.2), "0.30000000000000004");
}

TEST(NumberText, WritesLargeAndSmallNumbersWithExponentsInStepsOfThree) {
  EXPECT_EQ(number_text(1e6), "1e6");
  EXPECT_EQ(number_text(70.6e9), "70.6e9");
  EXPECT_EQ(number_text(-1.76e12), "-1.76e12");
  EXPECT_EQ(number_text(3504872), "3.504872e6");
  EXPECT_EQ(number_text(2e8), "200e6");
  EXPECT_EQ(number_text(7.5e-12), "7.5e-12");
  EXPECT_EQ(number_text(1e-6), "1e-6");
  EXPECT_EQ(number_text(5e-5), "50e-6");
  EXPECT_EQ(number_text(5e-324), "5e-324");
}

TEST(NumberText, WritesWhatIsNotFinite) {
  EXPECT_EQ(number_text(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(number_text(-std::numeric_limits<double>::infinity()), "-inf");
}

TEST(DifferenceText, IsAPercentageWhereThatTellsMost) {
  EXPECT_EQ(difference_text(-0.742), "-74.200 %");
  EXPECT_EQ(difference_text(2.2e-16), "+2.2e-16");
  EXPECT_EQ(difference_text(37.76), "×38.76");
  EXPECT_EQ(difference_text(std::numeric_limits<double>::infinity()), "–");
}

}  // namespace
}  // namespace lockstep::cli
