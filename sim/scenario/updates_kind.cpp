#include "sim/scenario/updates_kind.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "sim/scenario/ideal_devices.hpp"
#include "sim/updates/updates_run.hpp"

namespace lockstep::sim {
namespace {

using topology::VertexId;

constexpr std::int64_t most_workers = 1'000'000;

// What the user stated, beside what the run needs of it.
struct UpdatesSpec {
  UpdatesPlan plan;
  double samples = 1;  // of a gradient
  std::string protocol;
  Json as_run;
};

std::string percent(double share) {
  return shortest_text(std::round(share * 1e4) / 1e2) + " %";
}

// Infinitely many where no time passes, which JSON cannot say.
Json rate(double per_second) {
  return std::isfinite(per_second) ? Json(per_second) : Json();
}

bool varies(const Distribution& distribution) {
  return distribution.maximum() != distribution.minimum();
}

class UpdatesKind final : public Workload, private SelfDriven {
 public:
  explicit UpdatesKind(UpdatesSpec spec) : spec_(std::move(spec)) {}

  Job job() const override {
    throw InputError({.where = "workload.kind",
                      .problem = "updates decide while they run what comes next, so they have no program, no trace and "
                                 "no closed forms of a single run",
                      .suggestion =
                          "lockstep run simulates them, and lockstep check holds the mean over replicas against "
                          "closed forms: --set run.replicas=40"});
  }
  SelfDriven* self_driven() override { return this; }
  bool is_random() const override { return varies(spec_.plan.compute) || varies(spec_.plan.service); }
  Json as_run() const override { return spec_.as_run; }

  void add_results(const Timeline&, const JobTimeline&, Json& results) const override {
    results["updates_per_s"] = rate(record_.per_second(record_.updates));
    results["gradients_per_s"] = rate(record_.per_second(record_.gradients));
    results["samples_per_s"] = rate(spec_.samples * record_.per_second(record_.gradients));
    results["staleness"] = {{"mean", record_.staleness.mean()},
                            {"max", record_.staleness.max()},
                            {"bin_width", record_.staleness.bin_width()},
                            {"histogram", record_.staleness.bins()}};
    results["gradients"] = {{"used", record_.gradients}, {"cancelled", record_.cancelled}};
    results["worker_idle_fraction"] = record_.worker_idle;
    results["server_utilization"] = record_.server_utilization;
  }

  std::vector<std::pair<std::string, std::string>> summary(const JobTimeline&) const override {
    const auto per_second = [&](std::uint64_t count) {
      return shortest_text(std::round(record_.per_second(count) * 1e4) / 1e4) + " a second";
    };
    return {{"updates", spec_.protocol + ", " + counted(spec_.plan.workers.size(), "worker") + ", " +
                            counted(spec_.plan.updates, "update")},
            {"rate", per_second(record_.updates) + "; gradients " + per_second(record_.gradients)},
            {"staleness", shortest_text(std::round(record_.staleness.mean() * 1e3) / 1e3) + " in the mean, at most " +
                              std::to_string(record_.staleness.max())},
            {"cancelled", counted(record_.cancelled, "gradient")},
            {"idle", percent(record_.worker_idle) + " of the workers' time; the server serves " +
                         percent(record_.server_utilization) + " of the time"}};
  }

 private:
  Timeline run(const RunGround& ground) override {
    UpdatesRun one(spec_.plan, ground);
    one.run();
    record_ = one.record();
    return one.timeline();
  }

  UpdatesSpec spec_;
  UpdatesRecord record_;
};

struct Server {
  std::optional<VertexId> at;
  Distribution service = Distribution::constant(0);
};

Server read_server(const JsonFields& fields, const topology::Fleet& fleet) {
  Server server;
  if (!fields.has("server")) return server;
  const JsonFields stated = fields.object("server");
  if (stated.has("service")) server.service = read_distribution(stated, "service", Dimension::time);
  if (const auto name = stated.maybe<std::string>("at")) {
    server.at = fleet.find_vertex(*name);
    if (!server.at) {
      stated.fail("at", "the fleet has no vertex '" + excerpt(*name) + "'",
                  "name a device, a NIC or a switch; lockstep fleet lists them");
    }
  }
  stated.reject_unknown();
  return server;
}

// The devices in their order, without the one that is the server.
std::vector<VertexId> read_workers(const JsonFields& fields, const WorkloadGround& ground, const Server& server) {
  std::vector<VertexId> devices = ground.devices;
  std::erase_if(devices, [&](VertexId device) { return device == server.at; });
  if (devices.empty()) fields.fail("devices", "no device is left to be a worker", "make the fleet larger");
  const auto available = static_cast<std::int64_t>(devices.size());
  const std::int64_t count = fields.count_or("workers", available, 1, most_workers);
  if (count > available) {
    fields.fail("workers",
                std::to_string(count) + " workers need as many devices, and there are " + std::to_string(available),
                "make the fleet larger, or state fewer workers");
  }
  devices.resize(static_cast<std::size_t>(count));
  return devices;
}

void check_payload(const JsonFields& fields, const UpdatesPlan& plan) {
  if (!(plan.payload >= Bytes(0))) fields.fail("payload", "must not be negative");
  if (plan.server || !(plan.payload > Bytes(0))) return;
  fields.fail("payload", "it is not known where the parameter server stands, so the bytes have no way to take",
              R"(name a vertex of the scenario's "fleet", as in "server": {"at": "s0"}, or leave the payload out)");
}

Json as_run_of(const JsonFields& fields, const UpdatesSpec& spec) {
  Json json = {{"kind", "updates"},
               {"protocol", spec.protocol},
               {"workers", spec.plan.workers.size()},
               {"payload", to_exact_text(spec.plan.payload)},
               {"updates", spec.plan.updates},
               {"warm_up", spec.plan.warm_up},
               {"samples", spec.samples}};
  // What has no defaults, or is part of the protocol.
  for (const char* key : {"compute", "server", "k", "backups", "staleness", "period", "timeout"}) {
    if (const Json* stated = fields.raw(key)) json[key] = *stated;
  }
  return json;
}

}  // namespace

std::unique_ptr<Workload> read_updates_kind(const JsonFields& fields, const WorkloadGround& ground) {
  constexpr std::int64_t most_updates = 1'000'000'000'000;
  if (fields.value().contains("objective")) {
    fields.fail("objective", "only times are simulated up to now, not what the updates do to a loss", "leave it out");
  }
  const Server server = read_server(fields, ground.fleet);
  std::vector<VertexId> workers = read_workers(fields, ground, server);
  const auto protocol = fields.required<std::string>("protocol");
  const auto& entry = find_entry(protocols(), protocol, "protocol", fields.where("protocol"));
  MakeProtocol make_protocol = entry.function(fields, static_cast<std::uint32_t>(workers.size()));
  const std::int64_t updates = fields.count_or("updates", 1000, 1, most_updates);
  const std::int64_t warm_up = fields.count_or("warm_up", 0, 0, updates - 1);
  UpdatesSpec spec{.plan = {.make_protocol = std::move(make_protocol),
                            .workers = std::move(workers),
                            .server = server.at,
                            .compute = read_distribution(fields, "compute", Dimension::time),
                            .service = server.service,
                            .payload = fields.value_or<Bytes>("payload", Bytes(0)),
                            .updates = static_cast<std::uint64_t>(updates),
                            .warm_up = static_cast<std::uint64_t>(warm_up),
                            .seed = ground.seed},
                   .samples = fields.value_or<double>("samples", 1),
                   .protocol = protocol,
                   .as_run = {}};
  if (!(spec.samples > 0)) fields.fail("samples", "must be positive");
  check_payload(fields, spec.plan);
  fields.reject_unknown();
  spec.as_run = as_run_of(fields, spec);
  return std::make_unique<UpdatesKind>(std::move(spec));
}

topology::Fleet devices_of_updates(const JsonFields& fields) {
  return ideal_devices(static_cast<std::uint32_t>(fields.count("workers", 1, most_workers)));
}

}  // namespace lockstep::sim
