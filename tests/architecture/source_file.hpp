#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::architecture {

// One file of the project as lines of text, under its path from the root.
struct SourceFile {
  std::string path;
  std::vector<std::string> lines;

  SourceFile(std::string path_from_root, const std::string& text);
  bool is_header() const { return path.ends_with(".hpp"); }
  bool is_source() const { return path.ends_with(".cpp"); }
  bool is_cmake_list() const { return path.ends_with("CMakeLists.txt"); }
};

// Every header, source and CMake list of the folders that hold code.
std::vector<SourceFile> read_project(const std::filesystem::path& root);

std::string read_text(const std::filesystem::path& file);

}  // namespace lockstep::architecture
