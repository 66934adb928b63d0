#include "cli/output_paths.hpp"

#include <filesystem>

#include "base/error.hpp"

namespace lockstep::cli {
namespace {

namespace fs = std::filesystem;

bool are_same_file(const std::string& one, const std::string& other) {
  if (one == "-" || other == "-") return one == other;
  std::error_code error;
  if (fs::exists(one, error) && !fs::is_regular_file(one, error)) return false;
  if (fs::equivalent(one, other, error)) return true;
  return fs::absolute(one, error).lexically_normal() == fs::absolute(other, error).lexically_normal();
}

[[noreturn]] void refuse(const OutputPath& one, const OutputPath& other) {
  const std::string place = one.path == "-" ? "standard output" : "the file '" + excerpt(one.path) + "'";
  throw InputError({.where = one.option,
                    .problem = place + " cannot take both this and what " + other.option + " writes",
                    .suggestion = "write one of them to another file"});
}

// Said before anything is simulated for nothing.
void require_folder(const OutputPath& output) {
  if (output.path == "-") return;
  std::error_code error;
  const fs::path folder = fs::absolute(output.path, error).parent_path();
  if (fs::is_directory(folder, error)) return;
  throw InputError({.where = output.option,
                    .problem = "there is no folder '" + excerpt(folder.string()) + "' to write to",
                    .suggestion = "make it, or write somewhere else"});
}

}  // namespace

void require_apart(std::span<const OutputPath> outputs, const std::string& input) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const OutputPath& output = outputs[i];
    if (output.path.empty()) continue;
    for (const OutputPath& before : outputs.first(i)) {
      if (are_same_file(output.path, before.path)) refuse(output, before);
    }
    require_folder(output);
    std::error_code error;
    if (input.empty() || output.path == "-" || input == "-" || !fs::exists(input, error)) continue;
    if (!are_same_file(output.path, input)) continue;
    throw InputError({.where = output.option,
                      .problem = "this would replace the file '" + excerpt(input) + "', which is read",
                      .suggestion = "write to another file"});
  }
}

}  // namespace lockstep::cli
