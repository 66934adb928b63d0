#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "topology/formats/formats.hpp"

// What the tests of all import formats share.
namespace lockstep::topology::testing {

inline Fleet read(const std::string& text, const std::string& format = "") {
  return import_fleet(text, format, {.file = "sample.txt"});
}

// The message of the InputError that importing `text` must end in.
inline std::string refusal(const std::string& text, const std::string& format = "") {
  try {
    read(text, format);
  } catch (const InputError& error) {
    return error.what();
  }
  ADD_FAILURE() << "imported without an error:\n" << text;
  return "";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline bool warns(const Fleet& fleet, const std::string& part) {
  for (const std::string& warning : fleet.warnings()) {
    if (contains(warning, part)) return true;
  }
  return false;
}

inline VertexId vertex(const Fleet& fleet, const std::string& name) {
  const auto found = fleet.find_vertex(name);
  EXPECT_TRUE(found) << name;
  return found.value_or(VertexId());
}

// The names that a route passes, both ends included.
inline std::vector<std::string> way(const Fleet& fleet, const std::string& from, const std::string& to) {
  std::vector<std::string> names = {from};
  for (const LinkId id : fleet.route(vertex(fleet, from), vertex(fleet, to))) {
    names.push_back(fleet.vertex(fleet.link(id).to).name);
  }
  return names;
}

// Small deterministic random numbers (SplitMix64), the same with every library.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t bits = state_ += 0x9e3779b97f4a7c15;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
    return bits ^ (bits >> 31);
  }
  std::size_t below(std::size_t end) { return static_cast<std::size_t>(next() % end); }

 private:
  std::uint64_t state_;
};

// Cuts `sample` off at every length and changes it in a few thousand ways: each text must import or end in an
// InputError, both with the format named and detected. Returns how many imported.
inline std::size_t survive_damage(const std::string& sample, const std::string& format) {
  std::size_t imported = 0;
  auto survives = [&](const std::string& text) {
    for (const std::string& name : {format, std::string()}) {
      try {
        read(text, name);
        ++imported;
      } catch (const InputError&) {
      }
    }
  };
  for (std::size_t length = 0; length < sample.size(); ++length) survives(sample.substr(0, length));
  Draws draws(sample.size());
  constexpr std::string_view alphabet("[]{}<>\"'\\#=:,.-x09 \n\t\xff\0", 23);
  for (int round = 0; round < 2000; ++round) {
    std::string text = sample;
    for (std::size_t change = 0; change <= draws.below(3); ++change) {
      const std::size_t at = draws.below(text.size());
      switch (draws.below(3)) {
        case 0:
          text[at] = alphabet[draws.below(alphabet.size())];
          break;
        case 1:
          text.erase(at, 1 + draws.below(20));
          break;
        default:
          text.insert(at, text.substr(draws.below(text.size()), 1 + draws.below(40)));
      }
      if (text.empty()) text.push_back(' ');
    }
    survives(text);
  }
  return imported;
}

}  // namespace lockstep::topology::testing
