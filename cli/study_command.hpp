#pragma once

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/catalog.hpp"
#include "base/named_table.hpp"
#include "cli/drawing_style.hpp"

namespace lockstep::cli {

// What `lockstep study` was asked.
struct StudyRequest {
  std::string study = {};                  // empty: list them
  std::string scenario = {};               // as load_scenario() takes it
  std::vector<std::string> settings = {};  // of --set
  std::string svg = {};                    // the file for a drawing; empty: none
  std::string report = {};                 // the file for a page; empty: none
  std::vector<double> fractions = {};      // of stragglers; empty: the study's own
  std::vector<double> factors = {};        // that they are slower by
  std::uint32_t replicas = 0;              // 0: the study's own
  std::size_t top = 16;                    // of each kind
  unsigned jobs = 1;                       // processes at once
  // Is told what people should know while it takes long; may be null.
  std::function<void(const std::string&)> say = {};
};

struct StudyAnswer {
  std::string text;
  std::string json;
  std::vector<std::string> warnings = {};
  std::vector<std::pair<std::string, std::string>> files = {};  // path and content
};

// Many simulations of a scenario that answer one question.
using Study = StudyAnswer (*)(const StudyRequest& request, const DrawingStyle& style, const Catalog& catalog);
std::span<const NamedEntry<Study>> studies_of_program();

// Throws InputError.
StudyAnswer answer_study(const StudyRequest& request, const DrawingStyle& style, const Catalog& catalog);

}  // namespace lockstep::cli
