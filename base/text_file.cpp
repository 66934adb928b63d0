#include "base/text_file.hpp"

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"

namespace lockstep {

std::ifstream open_text_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw InputError({.where = path, .problem = "this is a directory, not a file"});
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw InputError(
        {.where = path, .problem = "the file cannot be opened", .suggestion = "check its name and rights"});
  }
  return in;
}

std::string read_text_file(const std::string& path, std::size_t most) {
  std::ifstream in = open_text_file(path);
  std::string text;
  std::string block(std::size_t{1} << 16, '\0');
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())), in.gcount() > 0) {
    text.append(block, 0, static_cast<std::size_t>(in.gcount()));
    if (text.size() > most) {
      throw InputError({.where = path, .problem = "the file is larger than " + std::to_string(most) + " bytes"});
    }
  }
  if (in.bad()) throw InputError({.where = path, .problem = "the file cannot be read to its end"});
  return text;
}

}  // namespace lockstep
