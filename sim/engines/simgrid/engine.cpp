#include "sim/engines/simgrid/engine.hpp"

#include <signal.h>

#include <array>
#include <simgrid/s4u.hpp>
#include <string>
#include <vector>

namespace lockstep::sim {
namespace {

// Plain fluid sharing: no factors that stand for protocols, no traffic of acknowledgements, and completions at the very
// time that the sharing says. The precisions are below the resolution of a double, so that nothing is rounded by them.
constexpr std::array settings = {
    "lockstep",
    "--log=root.thres:critical",
    "--cfg=network/model:CM02",
    "--cfg=network/crosstraffic:0",
    "--cfg=network/TCP-gamma:0",
    "--cfg=network/latency-factor:1",
    "--cfg=network/bandwidth-factor:1",
    "--cfg=network/weight-S:0",
    "--cfg=surf/precision:1e-18",
    "--cfg=maxmin/precision:1e-14",
    "--cfg=debug/clean-atexit:no",
};

// SimGrid takes over signals that are the program's; this gives them back.
class SignalsKept {
 public:
  SignalsKept() {
    for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], nullptr, &actions_[i]);
    sigaltstack(nullptr, &stack_);
  }
  SignalsKept(const SignalsKept&) = delete;
  SignalsKept& operator=(const SignalsKept&) = delete;
  ~SignalsKept() {
    for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &actions_[i], nullptr);
    sigaltstack(&stack_, nullptr);
  }

 private:
  static constexpr std::array signals = {SIGINT, SIGSEGV, SIGBUS};
  std::array<struct sigaction, signals.size()> actions_ = {};
  stack_t stack_ = {};
};

}  // namespace

bool start_engine() {
  static bool has_started = false;
  if (has_started) return false;
  has_started = true;
  const SignalsKept kept;
  static std::vector<std::string> texts(settings.begin(), settings.end());
  static std::vector<char*> arguments;
  arguments.reserve(texts.size() + 1);
  for (std::string& text : texts) arguments.push_back(text.data());
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  static simgrid::s4u::Engine* engine = new simgrid::s4u::Engine(&count, arguments.data());
  return engine != nullptr;
}

}  // namespace lockstep::sim
