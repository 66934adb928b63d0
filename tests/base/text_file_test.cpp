#include "base/text_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.hpp"

namespace lockstep {
namespace {

TEST(TextFile, IsReadWholeAndUnchanged) {
  const auto path = std::filesystem::temp_directory_path() / ("lockstep_text_" + std::to_string(getpid()));
  const std::string text = std::string(100'000, 'x') + std::string("\0\r\n", 3);
  std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(read_text_file(path.string()), text);
  EXPECT_EQ(read_text_file(path.string(), text.size()), text);
  EXPECT_THROW(read_text_file(path.string(), text.size() - 1), InputError);
  std::filesystem::remove(path);
}

TEST(TextFile, RefusesDirectoriesAbsentFilesAndEndlessOnes) {
  EXPECT_THROW(read_text_file(std::filesystem::temp_directory_path().string()), InputError);
  EXPECT_THROW(read_text_file("/no/such/file"), InputError);
  EXPECT_THROW(read_text_file("/dev/zero", 1'000'000), InputError);
}

}  // namespace
}  // namespace lockstep
