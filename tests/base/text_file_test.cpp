#include "base/text_file.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/own_folder.hpp"

namespace lockstep {
namespace {

TEST(TextFile, IsReadWholeAndUnchanged) {
  const std::string text = std::string(100'000, 'x') + std::string("\0\r\n", 3);
  const std::string path = own_file("text", text);
  EXPECT_EQ(read_text_file(path), text);
  EXPECT_EQ(read_text_file(path, text.size()), text);
  EXPECT_THROW(read_text_file(path, text.size() - 1), InputError);
}

TEST(TextFile, RefusesDirectoriesAbsentFilesAndEndlessOnes) {
  EXPECT_THROW(read_text_file(own_folder().string()), InputError);
  EXPECT_THROW(read_text_file("/no/such/file"), InputError);
  EXPECT_THROW(read_text_file("/dev/zero", 1'000'000), InputError);
}

}  // namespace
}  // namespace lockstep
