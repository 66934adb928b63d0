#include "base/unit_text.hpp"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(UnitText, KeepsBitsAndBytesApart) {
  EXPECT_EQ(parse_quantity<Bandwidth>("400 Gbit/s").si(), 50e9);
  EXPECT_EQ(parse_quantity<Bandwidth>("50 GB/s").si(), 50e9);
}

}  // namespace
}  // namespace lockstep
