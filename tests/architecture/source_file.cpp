#include "tests/architecture/source_file.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/architecture/house.hpp"

namespace lockstep::architecture {

SourceFile::SourceFile(std::string path_from_root, const std::string& text) : path(std::move(path_from_root)) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
}

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<SourceFile> read_project(const std::filesystem::path& root) {
  std::vector<std::string> folders = {"tests", "bench", "python"};
  folders.insert(folders.end(), floors().begin(), floors().end());
  std::vector<SourceFile> files;
  for (const std::string& folder : folders) {
    if (!std::filesystem::is_directory(root / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      SourceFile file(std::filesystem::relative(entry.path(), root).generic_string(), "");
      if (!file.is_header() && !file.is_source() && !file.is_cmake_list()) continue;
      files.emplace_back(file.path, read_text(entry.path()));
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

}  // namespace lockstep::architecture
