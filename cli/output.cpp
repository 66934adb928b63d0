#include "cli/output.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace lockstep::cli {
namespace {

[[noreturn]] void fail(const std::string& path) {
  throw InputError({.where = path,
                    .problem = "the file cannot be written",
                    .suggestion = "check that its directory exists, is yours to write in, and has space left"});
}

}  // namespace

void write_output(const std::string& path, const std::string& content) {
  if (path == "-") {
    std::cout << content << std::flush;
    if (!std::cout) fail("standard output");
    return;
  }
  std::error_code error;
  // Devices and pipes cannot be replaced by a file of their name.
  if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error)) {
    std::ofstream out(path, std::ios::binary);
    if (!(out << content << std::flush)) fail(path);
    return;
  }
  const std::string beside = path + ".part" + std::to_string(::getpid());
  std::ofstream out(beside, std::ios::binary);
  out << content;
  out.close();
  if (out) std::filesystem::rename(beside, path, error);
  if (!out || error) {
    std::filesystem::remove(beside, error);
    fail(path);
  }
}

std::string json_text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lockstep::cli
