#include "base/named_table.hpp"

#include <gtest/gtest.h>

#include <array>

namespace lockstep {
namespace {

using Operation = double (*)(double);
constexpr std::array operations = {
    NamedEntry<Operation>{"double", "Twice the number.", [](double x) { return 2 * x; }},
    NamedEntry<Operation>{"negate", "The number below zero.", [](double x) { return -x; }},
};
constexpr std::span<const NamedEntry<Operation>> table = operations;

TEST(NamedTable, FindsByNameAndKeepsTheOrder) {
  EXPECT_EQ(find_entry(table, "negate", "operation", "").function(3), -3);
  EXPECT_EQ(names_of(table), (std::vector<std::string>{"double", "negate"}));
}

TEST(NamedTable, AnUnknownNameTeachesTheValidOnes) {
  try {
    find_entry(table, "doubel", "operation", "a.json: op");
    FAIL() << "found";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "a.json: op: there is no operation 'doubel'; did you mean 'double'?");
  }
}

}  // namespace
}  // namespace lockstep
