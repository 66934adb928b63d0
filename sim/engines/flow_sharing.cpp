// Where the module that shares flows is found, and how it is loaded.
#include "sim/engines/flow_sharing.hpp"

#include <dlfcn.h>

#include <filesystem>
#include <stdexcept>
#include <vector>

namespace lockstep::sim {
namespace {

namespace fs = std::filesystem;

constexpr const char* module_file = "liblockstep_simgrid.so";

// Beside the running program, where it was installed relative to it, where the install prefix says, and in the build
// tree that the program may be part of.
std::vector<fs::path> places() {
  std::vector<fs::path> found;
  std::error_code unknown;
  const fs::path program = fs::read_symlink("/proc/self/exe", unknown).parent_path();
  if (!program.empty()) {
    found.push_back(program / module_file);
    found.push_back((program / LOCKSTEP_MODULES_FROM_PROGRAMS / module_file).lexically_normal());
  }
  found.push_back(fs::path(LOCKSTEP_MODULES) / module_file);
  for (fs::path above = program; above.has_relative_path(); above = above.parent_path()) {
    found.push_back(above / "sim/engines/simgrid" / module_file);
  }
  return found;
}

void* open_module() {
  const std::vector<fs::path> candidates = places();
  for (const fs::path& path : candidates) {
    std::error_code unknown;
    if (!fs::exists(path, unknown)) continue;
    // It stays loaded: SimGrid's engine lives as long as the process.
    void* module = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (module == nullptr) throw std::runtime_error(std::string("the network 'fluid' cannot be loaded: ") + dlerror());
    return module;
  }
  std::string text = std::string("the network 'fluid' needs the module ") + module_file + ", which is in none of";
  for (const fs::path& path : candidates) text += "\n  " + path.string();
  throw std::runtime_error(text + "\nreinstall lockstep, or choose another network (engine.network)");
}

void* opened_module() {
  static void* const module = open_module();
  return module;
}

}  // namespace

void preload_flow_sharing() {
  opened_module();
}

std::unique_ptr<FlowSharing> load_flow_sharing(const topology::Fleet& fleet) {
  void* entry = dlsym(opened_module(), "lockstep_flow_sharing");
  if (entry == nullptr) throw std::runtime_error(std::string("the network 'fluid' cannot be loaded: ") + dlerror());
  std::unique_ptr<FlowSharing> sharing(reinterpret_cast<FlowSharingFunction*>(entry)(fleet));
  if (!sharing) throw std::logic_error("a process can simulate on the network 'fluid' once");
  return sharing;
}

}  // namespace lockstep::sim
