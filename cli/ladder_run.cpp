#include "cli/ladder_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/unit_text.hpp"
#include "cli/display_text.hpp"
#include "cli/interruption.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "validation/scenario_case.hpp"

namespace lockstep::cli {
namespace {

using studies::Ladder;
using studies::Rung;

std::string title_of(const Rung& rung) {
  return rung.fidelity == "closed_form" ? "closed form" : rung.fidelity;
}

// Why there is no time, or which closed form it is. What a failure is, an error tells.
std::string remark_on(const Rung& rung) {
  if (rung.has_failed) return "failed";
  if (!rung.form) return rung.reason;
  const auto broken = rung.form->broken_assumptions.size();
  return fmt::format("{} {}, {}", rung.form->form.id, rung.form->form.title,
                     broken == 0 ? "which applies" : counted(broken, "assumption") + " broken");
}

// Tells what the coarse rungs said, once a finer one takes its time.
class Patience {
 public:
  explicit Patience(const Saying& say) : say_(say) {}

  void look_at(const Ladder& ladder) {
    constexpr std::chrono::seconds worth_saying(5);
    if (is_said_ || !say_ || std::chrono::steady_clock::now() - begin_ < worth_saying) return;
    is_said_ = true;
    std::string known;
    for (const Rung& rung : ladder.rungs) {
      if (rung.time) known += fmt::format("{} {}, ", title_of(rung), to_text(*rung.time));
    }
    say_(known + "and still simulating");
  }

 private:
  const Saying& say_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  bool is_said_ = false;
};

std::vector<std::string> left_out(const sim::Scenario& scenario) {
  std::vector<std::string> all;
  if (scenario.is_campaign()) all.emplace_back("the ladder is of the first step of the run");
  if (scenario.run().replicas > 1) all.emplace_back("the ladder is of the first replica");
  if (validation::is_disturbed(scenario)) all.emplace_back("closed forms leave out what disturbs the run");
  return all;
}

}  // namespace

std::string ladder_text(const sim::Scenario& scenario, const Ladder& ladder) {
  std::ostringstream out;
  out << fmt::format("{}\n  {:<22}{}, {}\n  {:<22}{}\n\n", scenario.name().empty() ? "scenario" : scenario.name(),
                     "fleet", scenario.fleet().name(), counted(scenario.fleet().device_count(), "device"), "network",
                     scenario.engine().network);
  Table table({{"fidelity"},
               {"time", Align::right},
               {"error", Align::right},
               {"events", Align::right},
               {"took", Align::right},
               {"remarks"}});
  for (const Rung& rung : ladder.rungs) {
    table.add_row({title_of(rung), rung.time ? to_text(*rung.time) : "–",
                   rung.error ? difference_text(*rung.error) : "", rung.events ? std::to_string(*rung.events) : "",
                   rung.time ? fmt::format("{:.3f} s", rung.took.si()) : "", remark_on(rung)});
  }
  table.print(out, 2);
  return out.str();
}

void answer_ladder(const studies::ScenarioText& text, const sim::Scenario& scenario, const Saying& say,
                   RunAnswer& answer) {
  refuse_mitigations(scenario, "--ladder");
  const Interruption interruption;
  Patience patience(say);
  const Ladder ladder = studies::climb(text, [&](const Ladder& so_far) {
    patience.look_at(so_far);
    return !interruption.is_asked();
  });
  answer.is_interrupted = ladder.is_interrupted;
  std::ranges::move(left_out(scenario), std::back_inserter(answer.warnings));
  for (const Rung& rung : ladder.rungs) {
    if (rung.has_failed) answer.refusals.push_back(title_of(rung) + ": " + rung.reason);
  }
  answer.text = ladder_text(scenario, ladder);
  answer.json = json_text({{"schema_version", 1},
                           {"lockstep", LOCKSTEP_VERSION},
                           {"scenario", scenario.as_run()},
                           {"ladder", as_json(ladder)}});
}

}  // namespace lockstep::cli
