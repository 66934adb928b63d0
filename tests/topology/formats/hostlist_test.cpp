#include "topology/formats/hostlist.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace lockstep::topology {
namespace {

using Names = std::vector<std::string>;

TEST(Hostlist, ExpandsRangesListsAndPlainNames) {
  EXPECT_EQ(expand_hostlist("n[1-3,7],login", ""), (Names{"n1", "n2", "n3", "n7", "login"}));
  EXPECT_EQ(expand_hostlist(" a,b ", ""), (Names{"a", "b"}));
  EXPECT_EQ(expand_hostlist("[1101-1102]", ""), (Names{"1101", "1102"}));
}

TEST(Hostlist, KeepsTheWidthOfTheFirstNumber) {
  EXPECT_EQ(expand_hostlist("n[008-011]", ""), (Names{"n008", "n009", "n010", "n011"}));
  EXPECT_EQ(expand_hostlist("n[8-11]", ""), (Names{"n8", "n9", "n10", "n11"}));
  EXPECT_EQ(expand_hostlist("n[098-100]", ""), (Names{"n098", "n099", "n100"}));
}

TEST(Hostlist, MultipliesBracketsTheLastFastest) {
  EXPECT_EQ(expand_hostlist("r[1-2]n[01-02]-ib", ""), (Names{"r1n01-ib", "r1n02-ib", "r2n01-ib", "r2n02-ib"}));
}

TEST(Hostlist, RefusesBrokenLists) {
  for (const char* text : {"", ",", "a,", "n[1-", "n[1-2", "n]1[", "n[[1]]", "n[3-1]", "n[a-b]", "n[1-2-3]", "n[]",
                           "n[1,,2]", "n[-1]", "n[1-18446744073709551615]", "n[99999999999999999999]"}) {
    EXPECT_THROW(expand_hostlist(text, "here"), InputError) << text;
  }
}

TEST(Hostlist, RefusesAbsurdSizesAtOnce) {
  for (const char* text : {"n[1-99999999999]", "a[1-9999]b[1-9999]",
                           "[1-2][1-2][1-2][1-2][1-2][1-2][1-2][1-2][1-2][1-2]"
                           "[1-2][1-2][1-2][1-2][1-2][1-2][1-2][1-2][1-2][1-2]"}) {
    EXPECT_THROW(expand_hostlist(text, ""), InputError) << text;
  }
  EXPECT_EQ(expand_hostlist("n[1-4]", "", 4).size(), 4U);
  EXPECT_THROW(expand_hostlist("n[1-5]", "", 4), InputError);
  EXPECT_THROW(expand_hostlist("n[1-2],n[3-5]", "", 4), InputError);
  EXPECT_THROW(expand_hostlist(std::string(300, 'n'), ""), InputError);
}

TEST(Hostlist, NamesTheListInItsError) {
  try {
    expand_hostlist("n[3-1]", "topology.conf: line 7");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.text().where, "topology.conf: line 7");
    EXPECT_NE(error.text().problem.find("n[3-1]"), std::string::npos);
  }
}

}  // namespace
}  // namespace lockstep::topology
