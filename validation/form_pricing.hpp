#pragma once

#include <map>
#include <span>
#include <utility>

#include "validation/form_check.hpp"

namespace lockstep::validation {

// Holds forms against a case that has been simulated, and prices every assumption that is broken by a simulation in
// which it is granted. `Simulate` tells the time of a case. What is asked of the other types: assumptions_of(form), and
// variant_of(case), which tells apart what one assumption grants for different forms.
template <class Case, class Situation, class Simulate>
class FormPricing {
 public:
  FormPricing(const Case& subject, const Situation& situation, Seconds simulated, Simulate simulate)
      : subject_(subject), situation_(situation), simulated_(simulated), simulate_(std::move(simulate)) {}

  template <class Form>
  FormCheck check(const Form& form, const Prediction& prediction) {
    const FormText text{
        .id = form.id, .title = form.title, .formula = form.formula, .source = form.source, .kind = form.kind};
    FormCheck check = compare(text, prediction, simulated_);
    const auto broken = broken_of(form);
    check.applies = broken.empty();
    for (const auto& one : broken) {
      BrokenAssumption told{
          .assumption = std::string(one.assumption->name), .explanation = one.explanation, .cost = {}};
      if (one.assumption->grant != nullptr) {
        told.cost = simulated_ - time_with(std::span(&one, 1), form);
      } else {
        told.cost = distance(time_with(std::span(broken), form), prediction, check.form.kind);
        told.basis = BrokenAssumption::Basis::remainder;
      }
      told.cost = without_rounding(told.cost, simulated_);
      check.broken_assumptions.push_back(std::move(told));
    }
    return check;
  }

  // With all assumptions of the form granted that can be.
  template <class Form>
  Seconds granted_time(const Form& form) {
    const auto broken = broken_of(form);
    return time_with(std::span(broken), form);
  }

 private:
  template <class Assumption>
  struct Broken {
    const Assumption* assumption;
    std::string explanation;
  };

  template <class Form>
  auto broken_of(const Form& form) const {
    const auto all = assumptions_of(form);
    std::vector<Broken<std::remove_cvref_t<decltype(*all.front())>>> broken;
    for (const auto* assumption : all) {
      if (auto sentence = assumption->violation(situation_, form)) broken.push_back({assumption, std::move(*sentence)});
    }
    return broken;
  }

  // With those of the assumptions granted that can be. Forms have many in common, so times are kept.
  template <class Assumption, class Form>
  Seconds time_with(std::span<const Broken<Assumption>> granted, const Form& form) {
    std::string key;
    Case subject = subject_;
    bool changes = false;
    for (const auto& one : granted) {
      if (one.assumption->grant == nullptr) continue;
      one.assumption->grant(subject, situation_, form);
      key.append(one.assumption->name).append(",");
      changes = true;
    }
    if (!changes) return simulated_;
    key += variant_of(subject);
    const auto known = times_.find(key);
    if (known != times_.end()) return known->second;
    return times_[key] = simulate_(subject);
  }

  const Case& subject_;
  const Situation& situation_;
  Seconds simulated_;
  Simulate simulate_;
  std::map<std::string, Seconds> times_;
};

}  // namespace lockstep::validation
