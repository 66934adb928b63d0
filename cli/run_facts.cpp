#include "cli/run_facts.hpp"

#include <sys/resource.h>

#include <cstdint>
#include <nlohmann/json.hpp>

namespace lockstep::cli {
namespace {

std::uint64_t peak_memory() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace

Json RunFacts::added_to(Json results) const {
  Json all = {{"schema_version", results["schema_version"]}, {"lockstep", LOCKSTEP_VERSION}};
  all.update(results);
  all["wall_s"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  all["peak_rss_bytes"] = peak_memory();
  return all;
}

}  // namespace lockstep::cli
