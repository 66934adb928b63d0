#include <algorithm>

#include "validation/closed_forms/assumptions.hpp"

namespace lockstep::validation {
namespace {

template <class Value, class List>
bool is_in(const Value& value, const List& list) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::vector<ClosedForm> make_table() {
  std::vector<ClosedForm> table;
  for (const auto family : {ring_forms, tree_forms, doubling_forms, all_to_all_forms, torus_forms, hierarchical_forms,
                            in_network_forms, contention_forms, loggp_forms, bound_forms}) {
    for (ClosedForm& form : family()) table.push_back(std::move(form));
  }
  std::stable_sort(table.begin(), table.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return table;
}

}  // namespace

std::span<const ClosedForm> closed_forms() {
  static const std::vector<ClosedForm> table = make_table();
  return table;
}

std::vector<const Assumption*> assumptions_of(const ClosedForm& form) {
  std::vector<const Assumption*> all = {&port_model};
  all.insert(all.end(), form.assumptions.begin(), form.assumptions.end());
  return all;
}

bool speaks_of(const ClosedForm& form, const Situation& situation) {
  if (form.predict == nullptr) return false;
  const bool states_messages = situation.subject().workload.is_send();
  if (states_messages || form.subject != ClosedForm::Subject::collective) {
    return states_messages && form.subject == ClosedForm::Subject::messages;
  }
  return (form.operations.empty() || is_in(situation.request().operation, form.operations)) &&
         (form.algorithms.empty() || is_in(situation.request().algorithm, form.algorithms));
}

}  // namespace lockstep::validation
