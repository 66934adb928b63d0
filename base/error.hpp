#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

// The user's input is wrong. Carries what a person needs to mend it: where (file and path inside it), what is wrong,
// and a suggestion (the nearest valid name, an example). The program turns it into exit code 2. The text may quote
// foreign bytes: what is not UTF-8 or would control a terminal is replaced by '?'.
class InputError : public std::runtime_error {
 public:
  struct Text {
    std::string where = {};       // "fleet.json: link.bandwidth"; empty where there is no place to point at
    std::string problem;          // what is wrong and why, one sentence without full stop
    std::string suggestion = {};  // what to write instead; empty where nothing sensible can be said
  };
  explicit InputError(const Text& text);
  const Text& text() const { return text_; }

 private:
  Text text_;
};

// The simulation cannot go on: a deadlock, memory that does not suffice. The program turns it into exit code 1.
class SimulationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// At most 60 bytes of foreign text for a message, whole characters, with "…" where more was left out.
std::string excerpt(std::string_view text);

// "did you mean 'torus'?" where a name is near enough to be a slip, else "valid names: line, ring, …".
std::string suggest_name(const std::string& unknown, const std::vector<std::string>& valid_names);

}  // namespace lockstep
