#pragma once

#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "cli/drawing_style.hpp"
#include "cli/voice.hpp"

namespace lockstep::cli {

// What `lockstep run` was asked.
struct RunRequest {
  bool names_scenario = false;  // otherwise: list the bundled ones
  std::string scenario;
  std::vector<std::string> settings;       // of --set
  std::string trace;                       // where a Chrome trace goes
  std::vector<std::uint32_t> trace_ranks;  // that it shows; empty: all
  std::string program;                     // where the step program goes
  std::string csv;                         // where the headlines go, one row a replica
  unsigned jobs = 1;                       // processes at once
  bool ladder = false;                     // at every fidelity, instead of the one that it states
};

// What it answers: for people, and the same as JSON.
struct RunAnswer {
  std::string text = {};
  std::string json = {};
  std::vector<std::string> warnings = {};
  std::vector<std::string> refusals = {};                       // why the answer is no, where it is
  std::vector<std::pair<std::string, std::string>> files = {};  // to be written: paths and contents
  bool is_interrupted = false;                                  // and holds what was finished by then
};

// Simulates the scenario. Throws InputError, SimulationError and Interrupted.
RunAnswer answer_run(const RunRequest& request, const DrawingStyle& style, const Catalog& catalog,
                     const Voice& voice = {});

}  // namespace lockstep::cli
