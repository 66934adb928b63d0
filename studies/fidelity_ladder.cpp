#include "studies/fidelity_ladder.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/child_tasks.hpp"
#include "base/error.hpp"
#include "sim/engines/flow_sharing.hpp"
#include "sim/symmetry/simulate_folded.hpp"

namespace lockstep::studies {
namespace {

// Takes the time since it was made.
class Watch {
 public:
  Seconds passed() const {
    return Seconds(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count());
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// Fidelity is of collectives: without any, messages are all that there is.
bool may_have_collectives(const sim::Scenario& scenario) {
  constexpr std::array<std::string_view, 3> kinds = {"collective", "program", "training"};
  return std::ranges::any_of(scenario.workloads(), [&](const auto& workload) {
    return std::ranges::find(kinds, workload->as_run()["kind"].template get<std::string>()) != kinds.end();
  });
}

Rung closed_form_rung(const sim::Scenario& scenario, const Catalog& catalog) {
  const Watch watch;
  Rung rung{.fidelity = "closed_form", .form = validation::nearest_form(scenario, catalog)};
  rung.took = watch.passed();
  if (rung.form) {
    rung.time = rung.form->prediction.time;
  } else {
    rung.reason = "no closed form speaks of this";
  }
  return rung;
}

sim::Scenario scenario_at(const std::string& fidelity, const ScenarioText& text) {
  Json document = text.document;
  document["engine"]["fidelity"] = fidelity;
  return sim::read_scenario(document, text.source);
}

std::string simulate_at(const std::string& fidelity, const ScenarioText& text) {
  const sim::Scenario scenario = scenario_at(fidelity, text);
  const auto conditions = scenario.perturbations().conditions(scenario.fleet(), scenario.seed(), {});
  const std::vector<sim::Job> jobs = scenario.jobs_of_steps(scenario.simulated_steps());
  const Watch watch;
  // Nobody watches: where the time went is not asked.
  const sim::Timeline timeline = sim::simulate_folded(
      {.fleet = scenario.fleet(), .jobs = jobs, .options = scenario.engine(), .conditions = conditions.get()});
  const Seconds step = timeline.end / static_cast<double>(scenario.simulated_steps());
  return Json{step.si(), timeline.events, watch.passed().si()}.dump();
}

void hear(const ChildAnswer& answer, Rung& rung) {
  try {
    const Json told = Json::parse(answer.bytes());
    rung.time = Seconds(told[0].get<double>());
    rung.events = told[1].get<std::uint64_t>();
    rung.took = Seconds(told[2].get<double>());
  } catch (const InputError& error) {
    rung.reason = error.text().problem;
  } catch (const std::runtime_error& error) {
    rung.reason = error.what();
    rung.has_failed = true;
  }
}

// Simulates the rungs that still have neither time nor reason.
class Climb : public ChildWork {
 public:
  Climb(const ScenarioText& text, const LadderWatch& goes_on, Ladder& ladder)
      : text_(text), goes_on_(goes_on), ladder_(ladder) {
    for (Rung& rung : ladder.rungs) {
      if (!rung.time && rung.reason.empty()) open_.push_back(&rung);
    }
  }

  std::optional<ChildTask> next() override {
    if (begun_ == open_.size()) return std::nullopt;
    return [this, fidelity = open_[begun_++]->fidelity] { return simulate_at(fidelity, text_); };
  }
  void answered(std::size_t task, ChildAnswer answer) override { hear(answer, *open_[task]); }
  bool goes_on() override {
    ladder_.is_interrupted = ladder_.is_interrupted || (goes_on_ && !goes_on_(ladder_));
    return !ladder_.is_interrupted;
  }

 private:
  const ScenarioText& text_;
  const LadderWatch& goes_on_;
  Ladder& ladder_;
  std::vector<Rung*> open_;
  std::size_t begun_ = 0;
};

void compare_with_finest(Ladder& ladder) {
  const auto finest =
      std::find_if(ladder.rungs.rbegin(), ladder.rungs.rend(), [](const Rung& rung) { return rung.time.has_value(); });
  if (finest == ladder.rungs.rend() || *finest->time == Seconds(0)) return;
  for (Rung& rung : ladder.rungs) {
    if (rung.time && &rung != &*finest) rung.error = (*rung.time - *finest->time) / *finest->time;
  }
}

}  // namespace

Ladder climb(const ScenarioText& text, const LadderWatch& goes_on) {
  // Which form is nearest is asked of the finest rung, since that is what it is held against.
  const sim::Scenario scenario = scenario_at("message", text);
  Ladder ladder{
      .rungs = {closed_form_rung(scenario, text.source.catalog), {.fidelity = "flow"}, {.fidelity = "message"}}};
  Rung& flow = ladder.rungs[1];
  if (!may_have_collectives(scenario)) flow.reason = "there are no collectives to be charged as flows";
  if (!flow.reason.empty() && !ladder.rungs.front().time) {
    throw InputError({.where = "--ladder",
                      .problem = "this scenario has one fidelity only, since " + flow.reason + ", and " +
                                 ladder.rungs.front().reason,
                      .suggestion = "run it without --ladder"});
  }
  if (scenario.engine().network == "fluid") sim::preload_flow_sharing();
  Climb work(text, goes_on, ladder);
  run_in_children(work, 1);
  for (Rung& rung : ladder.rungs) {
    if (!rung.time && rung.reason.empty()) rung.reason = "interrupted";
  }
  compare_with_finest(ladder);
  return ladder;
}

Json as_json(const Ladder& ladder) {
  Json rungs = Json::array();
  for (const Rung& rung : ladder.rungs) {
    Json json = {{"fidelity", rung.fidelity}};
    if (rung.time) json["time_s"] = rung.time->si();
    if (rung.error) json["relative_error"] = *rung.error;
    if (rung.events) json["events"] = *rung.events;
    if (!rung.reason.empty()) json["reason"] = rung.reason;
    if (rung.form) {
      json["closed_form"] = {{"name", rung.form->form.id},
                             {"title", rung.form->form.title},
                             {"broken_assumptions", rung.form->broken_assumptions}};
    }
    rungs.push_back(std::move(json));
  }
  return rungs;
}

}  // namespace lockstep::studies
