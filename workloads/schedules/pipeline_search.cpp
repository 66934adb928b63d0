#include "workloads/schedules/pipeline_search.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "workloads/schedules/pipeline_times.hpp"

namespace lockstep::workloads {
namespace {

constexpr std::int64_t most_budget = 1'000'000;

// What the chunks of a device keep of one microbatch, as pipeline_workload.cpp shares it out.
ActivationLimit in_bytes(const JsonFields& fields, const ScheduleShape& shape) {
  const auto share = fields.maybe<Bytes>("activation_memory");
  const auto given = fields.maybe<Bytes>("activation");
  if (!share && !given) {
    fields.fail("memory_limit", "how many bytes an activation keeps is not stated",
                "state \"activation_memory\", or write how many activations a device may hold: \"memory_limit\": 8");
  }
  const Bytes chunk = share ? *share / static_cast<double>(shape.virtual_stages) : *given;
  ActivationLimit limit;
  if (chunk > Bytes(0)) limit.most = fields.required<Bytes>("memory_limit") / chunk;
  if (const auto kept = fields.maybe<Bytes>("weight_gradient_memory"); kept && share && *share > Bytes(0)) {
    limit.kept_for_weights = *kept / *share;
  }
  return limit;
}

ActivationLimit read_limit(const JsonFields& fields, const ScheduleShape& shape) {
  const Json* stated = fields.raw("memory_limit");
  if (stated == nullptr) return {};
  if (stated->is_string()) return in_bytes(fields, shape);
  ActivationLimit limit;
  limit.most = fields.required<double>("memory_limit");
  if (!(limit.most > 0) || !std::isfinite(limit.most)) {
    fields.fail("memory_limit", "a device must be allowed to hold activations",
                "write how many, for example as many as there are stages: 8");
  }
  return limit;
}

}  // namespace

ScheduleSearch read_schedule_search(const JsonFields& fields, const ScheduleShape& shape, std::uint64_t seed) {
  ScheduleSearch search;
  search.times = [&fields, seed](const Schedule& placed) { return read_schedule_times(fields, placed, seed); };
  search.limit = read_limit(fields, shape);
  if (fields.choice_or("search_objective", "makespan", {"makespan", "longest_span"}) == "longest_span") {
    search.objective = SearchObjective::longest_span;
  }
  // Any two of the three give the third.
  const int stated = fields.has("backward") + fields.has("backward_input") + fields.has("backward_weight");
  if (stated < 2) search.backward = BackwardKind::whole;
  search.most_copies = static_cast<std::uint32_t>(fields.count_or("most_copies", search.most_copies, 1, 2));
  search.budget = static_cast<std::uint32_t>(fields.count_or("search_budget", search.budget, 1, most_budget));
  search.seed = seed;
  return search;
}

}  // namespace lockstep::workloads
