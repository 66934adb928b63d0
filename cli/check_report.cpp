#include "cli/check_report.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/unit_text.hpp"
#include "cli/display_text.hpp"
#include "cli/price_report.hpp"
#include "cli/table.hpp"

namespace lockstep::cli {
namespace {

using validation::BrokenAssumption;
using validation::CrossCheck;
using validation::FormCheck;
using validation::FormKind;

const char* text_of(BrokenAssumption::Basis basis) {
  constexpr std::array names = {"simulation", "remainder", "unpriced"};
  return names.at(static_cast<std::size_t>(basis));
}

const char* text_of(FormKind kind) {
  constexpr std::array names = {"exact", "bound", "statistical"};
  return names.at(static_cast<std::size_t>(kind));
}

Json json_of(const BrokenAssumption& broken) {
  const bool is_known = broken.basis != BrokenAssumption::Basis::unpriced;
  return {{"assumption", broken.assumption},
          {"explanation", broken.explanation},
          {"cost_s", is_known ? Json(broken.cost.si()) : Json()},
          {"basis", text_of(broken.basis)}};
}

Json json_of(const FormCheck& check) {
  Json json = {{"name", check.form.id},
               {"title", check.form.title},
               {"formula", check.form.formula},
               {"source", check.form.source},
               {"kind", text_of(check.form.kind)},
               {"time_s", check.prediction.time.si()},
               {"relative_difference", check.relative_difference},
               {"applies", check.applies},
               {"tolerance", check.tolerance},
               {"holds", check.holds},
               {"broken_assumptions", Json::array()}};
  if (check.prediction.upper) json["upper_s"] = check.prediction.upper->si();
  for (const BrokenAssumption& broken : check.broken_assumptions) json["broken_assumptions"].push_back(json_of(broken));
  if (check.sampled) {
    json["samples"] = {{"count", check.sampled->count},
                       {"mean_s", check.sampled->mean.si()},
                       {"stddev_s", check.sampled->stddev.si()}};
  }
  if (check.granted) {
    json["granted_s"] = check.granted->si();
    json["remainder_s"] = (*check.granted - check.prediction.time).si();
  }
  return json;
}

std::string time_text(const FormCheck& check) {
  const bool is_bound = check.form.kind == FormKind::bound;
  std::string text = (is_bound ? "≥ " : "") + to_text(check.prediction.time);
  if (check.prediction.upper) text += ", ≤ " + to_text(*check.prediction.upper);
  return text;
}

bool is_accounted_for(const FormCheck& check) {
  return check.granted || (!check.broken_assumptions.empty() &&
                           check.broken_assumptions.front().basis == BrokenAssumption::Basis::unpriced);
}

// "yes", of samples with what they leave open.
std::string verdict(const FormCheck& check) {
  if (check.applies) {
    const std::string allowed = check.sampled ? fmt::format(", within ±{:.2g} %", 100 * check.tolerance) : "";
    return check.holds ? "yes" + allowed : "yes" + allowed + ", AND IT IS OFF";
  }
  if (is_accounted_for(check)) return "no, " + counted(check.broken_assumptions.size(), "assumption") + " broken";
  std::string text = "no:";
  for (const BrokenAssumption& broken : check.broken_assumptions) text += " " + broken.assumption;
  return text;
}

void print_lines(const NamedLines& lines, std::ostream& out) {
  for (const auto& [name, value] : lines) out << fmt::format("  {:<22}{}\n", name, value);
}

std::string bound_text(const CrossCheck& checked) {
  const Seconds most = checked.most_bound();
  std::string terms;
  for (const validation::BoundTerm& term : checked.bound) {
    terms += fmt::format("{}{} {}", terms.empty() ? "" : ", ", term.name, to_text(term.time));
  }
  std::string text = fmt::format("{} (the most of {})", to_text(most), terms);
  if (!(most > Seconds(0))) return text;
  const std::string times = fmt::format("{:.4g}", checked.simulated / most);
  return text + (times == "1" ? "; this takes just as long" : "; this takes " + times + " times as long");
}

std::string cost_text(Seconds cost, Seconds simulated) {
  if (is_nothing(cost, simulated)) return "costs nothing here";
  return "costs " + to_text(cost);
}

// One paragraph for every broken assumption, with the forms that it spoils.
void print_broken(const CrossCheck& checked, std::ostream& out) {
  struct Spoiler {
    const BrokenAssumption* broken;
    std::string forms;
  };
  std::vector<Spoiler> spoilers;
  for (const FormCheck& check : checked.forms) {
    if (is_accounted_for(check)) continue;
    for (const BrokenAssumption& broken : check.broken_assumptions) {
      auto same = [&](const Spoiler& known) {
        return known.broken->assumption == broken.assumption && known.broken->explanation == broken.explanation &&
               known.broken->cost == broken.cost;
      };
      const auto known = std::find_if(spoilers.begin(), spoilers.end(), same);
      if (known == spoilers.end()) {
        spoilers.push_back({&broken, std::string(check.form.id)});
      } else {
        known->forms.append(", ").append(check.form.id);
      }
    }
  }
  if (spoilers.empty()) return;
  out << "\n  broken assumptions\n";
  for (const auto& [broken, forms] : spoilers) {
    const bool simulated = broken->basis == BrokenAssumption::Basis::simulation;
    out << fmt::format("  {} {} ({}): {}{}\n", broken->assumption, cost_text(broken->cost, checked.simulated), forms,
                       broken->explanation,
                       simulated ? "" : " (no simulation can grant this: what is left when all else is granted)");
  }
}

NamedLines head_lines(const sim::Scenario& scenario) {
  const Json& engine = scenario.as_run()["engine"];
  return {{"fleet", scenario.fleet().name() + ", " + counted(scenario.fleet().device_count(), "device")},
          {"engine", fmt::format("{}, fidelity {}", engine["network"].get<std::string>(),
                                 engine["fidelity"].get<std::string>())}};
}

std::string title_of(const sim::Scenario& scenario) {
  return (scenario.name().empty() ? "scenario" : scenario.name()) + "\n";
}

}  // namespace

std::string algorithm_text(const workloads::CollectiveRequest& request) {
  std::string text = request.algorithm;
  if (request.segments > 1) text += fmt::format(", {} segments", request.segments);
  if (request.channels > 1) text += fmt::format(", {} channels", request.channels);
  return text;
}

void add_closed_forms(const CrossCheck& checked, Json& results) {
  results["closed_forms"] = Json::array();
  for (const FormCheck& check : checked.forms) results["closed_forms"].push_back(json_of(check));
  if (checked.priced_as_flows) results["priced_as_flows_s"] = checked.priced_as_flows->si();
  if (checked.bound.empty()) return;
  const Seconds least = checked.most_bound();
  Json bound = {{"time_s", least.si()}};
  for (const validation::BoundTerm& term : checked.bound) bound[term.name + "_s"] = term.time.si();
  if (least > Seconds(0)) bound["times_as_long"] = checked.simulated / least;
  results["lower_bound"] = std::move(bound);
}

std::string check_text(const sim::Scenario& scenario, const NamedLines& about, const CrossCheck& checked) {
  std::ostringstream out;
  out << title_of(scenario);
  auto lines = head_lines(scenario);
  lines.insert(lines.begin() + 1, about.begin(), about.end());
  lines.emplace_back("simulated", to_text(checked.simulated));
  if (!checked.bound.empty()) lines.emplace_back("lower bound", bound_text(checked));
  print_lines(lines, out);
  if (checked.forms.empty()) {
    out << "\n  No closed form speaks of this.\n";
    return out.str();
  }
  out << "\n";
  Table table({{"closed form"}, {"time", Align::right}, {"difference", Align::right}, {"applies"}});
  for (const FormCheck& check : checked.forms) {
    table.add_row({fmt::format("{} {}", check.form.id, check.form.title), time_text(check),
                   difference_text(check.relative_difference), verdict(check)});
  }
  table.print(out, 2);
  print_broken(checked, out);
  print_prices(checked, out);
  return out.str();
}

std::string unchecked_text(const sim::Scenario& scenario, const Json& results) {
  std::ostringstream out;
  out << title_of(scenario);
  auto lines = head_lines(scenario);
  lines.emplace_back("simulated", to_text(Seconds(results["time_s"].get<double>())));
  print_lines(lines, out);
  out << "\n  No closed form speaks of this.\n";
  return out.str();
}

}  // namespace lockstep::cli
