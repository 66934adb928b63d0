#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "validation/form_check.hpp"
#include "validation/situation.hpp"

// Closed forms as they are held against simulations: each is one line of the table of its family.
namespace lockstep::validation {

struct ClosedForm;

// A condition under which closed forms hold.
struct Assumption {
  std::string_view name;
  std::string_view description;  // one sentence
  // Why it does not hold, in a sentence with figures; nothing where it holds.
  std::optional<std::string> (*violation)(const Situation&, const ClosedForm&);
  // Makes it hold in a case, so that a simulation tells what it costs; null where no simulation can.
  void (*grant)(CollectiveCase&, const Situation&, const ClosedForm&);
};

struct ClosedForm {
  using Kind = FormKind;
  // What it speaks of: a collective, messages that are stated one by one, or nothing that the simulator runs.
  enum class Subject : std::uint8_t { collective, messages, none };

  std::string_view id;
  std::string_view title;
  std::string_view formula;
  std::string_view source;
  Kind kind = Kind::exact;
  Subject subject = Subject::collective;
  std::vector<workloads::Operation> operations;  // any, where empty
  std::vector<std::string_view> algorithms;      // any, where empty
  std::vector<PortModel> port_models;            // the first is the one that its literature has in mind
  std::vector<const Assumption*> assumptions;    // beside the port model
  // Nothing where the form does not speak of the situation. Null for a form that the simulator cannot be held against.
  std::optional<Prediction> (*predict)(const Situation&) = nullptr;
};

// All of a form's assumptions, the port model first.
std::vector<const Assumption*> assumptions_of(const ClosedForm& form);
bool speaks_of(const ClosedForm& form, const Situation& situation);

// All of them, in the order of their ids.
std::span<const ClosedForm> closed_forms();

// The families that they come from.
std::vector<ClosedForm> ring_forms();
std::vector<ClosedForm> tree_forms();
std::vector<ClosedForm> doubling_forms();
std::vector<ClosedForm> all_to_all_forms();
std::vector<ClosedForm> torus_forms();
std::vector<ClosedForm> hierarchical_forms();
std::vector<ClosedForm> in_network_forms();
std::vector<ClosedForm> contention_forms();
std::vector<ClosedForm> loggp_forms();
std::vector<ClosedForm> bound_forms();

}  // namespace lockstep::validation
