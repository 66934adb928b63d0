#include "cli/price_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/unit_text.hpp"
#include "cli/display_text.hpp"

namespace lockstep::cli {
namespace {

using validation::BrokenAssumption;
using validation::CrossCheck;
using validation::FormCheck;

// "first_order says 391.6 ms; simulated: 425.3 ms, 33.71 ms more"
std::string headline(const FormCheck& check, const CrossCheck& checked) {
  const Seconds gap = checked.simulated - check.prediction.time;
  std::string text = fmt::format("{} says {}; simulated: {}, ", check.form.id, to_text(check.prediction.time),
                                 to_text(checked.simulated));
  if (is_nothing(gap, checked.simulated)) return text + "the same";
  return text + to_text(gap < Seconds(0) ? Seconds(0) - gap : gap) + (gap < Seconds(0) ? " less" : " more");
}

void print_line(std::string_view amount, std::string_view text, std::ostream& out) {
  constexpr std::size_t width = 110, indent = 16;
  std::ostringstream lines;
  print_wrapped(lines, text, width, indent);
  out << fmt::format("  {:>12}  ", amount) << lines.str().substr(indent);
}

std::string amount_of(Seconds cost, Seconds simulated) {
  if (is_nothing(cost, simulated)) return "0 s";
  return (cost > Seconds(0) ? "+" : "") + to_text(cost);
}

std::vector<const BrokenAssumption*> dearest_first(const FormCheck& check, BrokenAssumption::Basis basis) {
  std::vector<const BrokenAssumption*> list;
  for (const BrokenAssumption& one : check.broken_assumptions) {
    if (one.basis == basis) list.push_back(&one);
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const auto* a, const auto* b) { return std::abs(a->cost.si()) > std::abs(b->cost.si()); });
  return list;
}

// Where simulating again would take too long.
void print_reasons(const FormCheck& check, const CrossCheck& checked, std::ostream& out) {
  out << "\n  " << headline(check, checked) << "\n";
  for (const BrokenAssumption& one : check.broken_assumptions) {
    print_line("?", one.assumption + ": " + one.explanation, out);
  }
}

void print_account(const FormCheck& check, const CrossCheck& checked, std::ostream& out) {
  const Seconds simulated = checked.priced_as_flows.value_or(checked.simulated);
  const auto amount = [&](Seconds cost) { return amount_of(cost, simulated); };
  out << "\n  " << headline(check, checked) << "\n";
  Seconds one_by_one;
  for (const BrokenAssumption* one : dearest_first(check, BrokenAssumption::Basis::simulation)) {
    one_by_one += one->cost;
    print_line(amount(one->cost), one->assumption + ": " + one->explanation, out);
  }
  const Seconds together = simulated - *check.granted;
  std::string all = "all of these at once";
  if (!is_nothing(one_by_one - together, simulated)) {
    all += "; one by one they make " + to_text(one_by_one) + ", since some cost more, or less, beside others";
  }
  print_line(amount(together), all, out);
  const Seconds rest = *check.granted - check.prediction.time;
  std::string why = "left, with all of them granted";
  for (const BrokenAssumption* one : dearest_first(check, BrokenAssumption::Basis::remainder)) {
    why += "; " + one->assumption + ", which no simulation can grant: " + one->explanation;
  }
  print_line(amount(rest), why, out);
}

}  // namespace

bool is_nothing(Seconds cost, Seconds simulated) {
  return std::abs(cost.si()) <= validation::exact_tolerance * simulated.si();
}

void print_prices(const CrossCheck& checked, std::ostream& out) {
  for (const FormCheck& check : checked.forms) {
    if (check.granted) print_account(check, checked, out);
    if (checked.is_unpriced && !check.applies) print_reasons(check, checked, out);
  }
  if (checked.is_unpriced) {
    out << "\n";
    print_wrapped(
        out,
        "Simulating this some two dozen times would take long, so that nothing is priced: --all-prices does it "
        "nevertheless, and fewer replicas have much the same prices.",
        110, 2);
  }
  if (checked.priced_as_flows) {
    out << "\n  The simulation is a long one: prices are those of collectives as flows, which take "
        << to_text(*checked.priced_as_flows) << ".\n";
  }
}

}  // namespace lockstep::cli
