#include "validation/cross_check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "validation/closed_forms/assumptions.hpp"
#include "validation/fleet_bound.hpp"

namespace lockstep::validation {
namespace {

double relative(Seconds simulated, Seconds predicted) {
  if (simulated == predicted) return 0;
  if (predicted == Seconds(0)) return std::numeric_limits<double>::infinity();
  return simulated / predicted - 1;
}

bool is_within(Seconds simulated, const FormCheck& check) {
  const Seconds slack = check.tolerance * std::max(simulated, check.prediction.time);
  if (check.form->kind == ClosedForm::Kind::exact) {
    return simulated <= check.prediction.time + slack && simulated >= check.prediction.time - slack;
  }
  const auto& upper = check.prediction.upper;
  return simulated >= check.prediction.time - slack && (!upper || simulated <= *upper + slack);
}

// How far a time is from what a form says: nothing inside a bracket.
Seconds off(Seconds simulated, const Prediction& prediction, ClosedForm::Kind kind) {
  if (kind == ClosedForm::Kind::exact || simulated < prediction.time) return simulated - prediction.time;
  if (prediction.upper && simulated > *prediction.upper) return simulated - *prediction.upper;
  return Seconds(0);
}

class Checker {
 public:
  Checker(const CollectiveCase& subject, const Simulator& simulator, std::optional<Seconds> known)
      : situation_(subject), simulator_(simulator), simulated_(known ? *known : simulated_time(subject, simulator)) {}

  CrossCheck check() {
    CrossCheck result{.simulated = simulated_, .forms = {}};
    for (const ClosedForm& form : closed_forms()) {
      if (!speaks_of(form, situation_)) continue;
      if (const auto prediction = form.predict(situation_)) result.forms.push_back(check_form(form, *prediction));
    }
    const auto& workload = situation_.subject().workload;
    if (workload.is_send()) return result;
    if (!situation_.traffic().has_agents()) result.bound = fleet_bound(situation_);
    if (workload.request.bytes > Bytes(0) && simulated_ > Seconds(0)) {
      result.algorithm_bandwidth = workload.request.bytes / simulated_;
      result.bus_bandwidth =
          *result.algorithm_bandwidth * workloads::bus_factor(workload.request.operation, situation_.members());
    }
    return result;
  }

 private:
  struct Broken {
    const Assumption* assumption;
    std::string explanation;
  };

  std::vector<Broken> broken_of(const ClosedForm& form) const {
    std::vector<const Assumption*> all = {&port_model};
    all.insert(all.end(), form.assumptions.begin(), form.assumptions.end());
    std::vector<Broken> broken;
    for (const Assumption* assumption : all) {
      if (auto sentence = assumption->violation(situation_, form)) broken.push_back({assumption, std::move(*sentence)});
    }
    return broken;
  }

  FormCheck check_form(const ClosedForm& form, const Prediction& prediction) {
    FormCheck check{.form = &form, .prediction = prediction};
    check.relative_difference = relative(simulated_, prediction.time);
    check.holds = is_within(simulated_, check);
    const std::vector<Broken> broken = broken_of(form);
    check.applies = broken.empty();
    for (const Broken& one : broken) {
      BrokenAssumption told{
          .assumption = std::string(one.assumption->name), .explanation = one.explanation, .cost = {}};
      if (one.assumption->grant != nullptr) {
        told.cost = simulated_ - time_with({&one, 1}, form);
      } else {
        told.cost = off(time_with(broken, form), prediction, form.kind);
        told.basis = BrokenAssumption::Basis::remainder;
      }
      check.broken_assumptions.push_back(std::move(told));
    }
    return check;
  }

  // With those of the assumptions granted that can be. Forms have many in common, so times are kept.
  Seconds time_with(std::span<const Broken> granted, const ClosedForm& form) {
    std::string key;
    CollectiveCase subject = situation_.subject();
    bool changes = false;
    for (const Broken& one : granted) {
      if (one.assumption->grant == nullptr) continue;
      one.assumption->grant(subject, situation_, form);
      key.append(one.assumption->name).append(",");
      if (one.assumption == &port_model) key.append(to_text(port_model_of(subject.engine))).append(",");
      changes = true;
    }
    if (!changes) return simulated_;
    const auto known = times_.find(key);
    if (known != times_.end()) return known->second;
    return times_[key] = simulated_time(subject, simulator_);
  }

  Situation situation_;
  const Simulator& simulator_;
  Seconds simulated_;
  std::map<std::string, Seconds> times_;
};

}  // namespace

bool CrossCheck::agrees() const {
  return std::all_of(forms.begin(), forms.end(), [](const FormCheck& check) { return check.holds || !check.applies; });
}

CrossCheck cross_check(const CollectiveCase& subject, const Simulator& simulator, std::optional<Seconds> known) {
  return Checker(subject, simulator, known).check();
}

}  // namespace lockstep::validation
