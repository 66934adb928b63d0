#include "cli/interruption.hpp"

#include <signal.h>

namespace lockstep::cli {
namespace {

volatile sig_atomic_t is_interrupted = 0;

void note_interruption(int) {
  is_interrupted = 1;
}

}  // namespace

Interruption::Interruption() {
  is_interrupted = 0;
  struct sigaction action = {};
  action.sa_handler = note_interruption;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
}

Interruption::~Interruption() {
  signal(SIGINT, SIG_DFL);
}

bool Interruption::is_asked() const {
  return is_interrupted != 0;
}

}  // namespace lockstep::cli
