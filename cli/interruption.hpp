#pragma once

#include <stdexcept>

namespace lockstep::cli {

// As long as there is one, the first Ctrl-C does not end the program but is noted; the second ends it.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  bool is_asked() const;
};

// The work was interrupted before there was anything to keep. The program turns it into exit code 130.
class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace lockstep::cli
