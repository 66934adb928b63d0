#include "sim/scenario/engine_spec.hpp"

#include <nlohmann/json.hpp>

#include "base/unit_text.hpp"

namespace lockstep::sim {

EngineOptions read_engine_options(const JsonFields& fields) {
  EngineOptions engine;
  engine.network = fields.choice_or("network", engine.network, names_of(networks()));
  engine.eager = fields.value_or<bool>("eager", false);
  engine.fold = fields.value_or<bool>("fold", true);
  PortModel& ports = engine.ports;
  ports.holds_latency = fields.value_or<bool>("port_holds_latency", true);
  ports.overhead = fields.maybe<Seconds>("overhead");
  ports.gap = fields.maybe<Seconds>("gap");
  ports.gap_per_byte = fields.maybe<Seconds>("gap_per_byte");
  for (const char* key : {"port_holds_latency", "overhead", "gap", "gap_per_byte"}) {
    if (engine.network == "ports" || !fields.has(key)) continue;
    fields.fail(key, "network '" + engine.network + "' has no ports to describe", "write \"network\": \"ports\"");
  }
  if (ports.is_loggp() && fields.has("port_holds_latency")) {
    fields.fail("port_holds_latency", "under LogGP (overhead, gap, gap_per_byte) ports are never held for the latency");
  }
  return engine;
}

workloads::Fidelity read_fidelity(const JsonFields& fields) {
  return fields.choice_or("fidelity", "message", {"message", "flow"}) == "flow" ? workloads::Fidelity::flow
                                                                                : workloads::Fidelity::message;
}

MemoryRule read_memory_rule(const JsonFields& fields) {
  return fields.choice_or("memory", "enforce", {"enforce", "report"}) == "report" ? MemoryRule::report
                                                                                  : MemoryRule::enforce;
}

Json as_json(const EngineOptions& engine, workloads::Fidelity fidelity, MemoryRule memory) {
  Json json = {{"network", engine.network},
               {"fidelity", fidelity == workloads::Fidelity::flow ? "flow" : "message"},
               {"memory", memory == MemoryRule::report ? "report" : "enforce"},
               {"eager", engine.eager},
               {"fold", engine.fold}};
  if (engine.network != "ports") return json;
  const PortModel& ports = engine.ports;
  if (!ports.is_loggp()) json["port_holds_latency"] = ports.holds_latency;
  if (ports.overhead) json["overhead"] = to_exact_text(*ports.overhead);
  if (ports.gap) json["gap"] = to_exact_text(*ports.gap);
  if (ports.gap_per_byte) json["gap_per_byte"] = to_exact_text(*ports.gap_per_byte);
  return json;
}

}  // namespace lockstep::sim
