#include "cli/run_facts.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace lockstep::cli {
namespace {

// Of the largest process.
std::uint64_t peak_memory() {
  rusage own{};
  rusage children{};
  ::getrusage(RUSAGE_SELF, &own);
  ::getrusage(RUSAGE_CHILDREN, &children);
  return static_cast<std::uint64_t>(std::max(own.ru_maxrss, children.ru_maxrss)) * 1024;
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
