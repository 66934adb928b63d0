#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace lockstep {

// The folder of a test process, emptied when it ends: cases run at the same time, each as its own process, and none may
// meet a file of another.
inline const std::filesystem::path& own_folder() {
  struct Owned {
    std::filesystem::path path;
    Owned() {
      std::string name = (std::filesystem::temp_directory_path() / "lockstep_test_XXXXXX").string();
      if (mkdtemp(name.data()) == nullptr) throw std::filesystem::filesystem_error("no folder for a test", name, {});
      path = name;
    }
    ~Owned() { std::filesystem::remove_all(path); }
  };
  static const Owned owned;
  return owned.path;
}

// A file in it; returns its path.
inline std::string own_file(const std::string& name, const std::string& content) {
  const std::filesystem::path path = own_folder() / name;
  std::ofstream(path, std::ios::binary) << content;
  return path.string();
}

}  // namespace lockstep
