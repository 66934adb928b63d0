#include "workloads/collectives/collective_workload.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "workloads/step_program/listed_program.hpp"

namespace lockstep::workloads {
namespace {

constexpr std::int64_t most_pieces = 1 << 20;

constexpr std::array direction_names = {"forward", "backward", "alternating"};

Direction direction_from(const std::string& name) {
  return static_cast<Direction>(std::find(direction_names.begin(), direction_names.end(), name) -
                                direction_names.begin());
}

std::vector<Bytes> read_sizes(const JsonFields& fields, std::uint32_t members) {
  const Json& rows = fields.required_raw("sizes");
  const std::string where = fields.where("sizes");
  const std::string suggestion =
      "give one row a sender, one size a receiver: [[\"0 B\", \"1 MB\"], [\"2 MB\", \"0 B\"]]";
  if (!rows.is_array() || rows.size() != members) {
    throw InputError({.where = where,
                      .problem = "all_to_all_v among " + std::to_string(members) + " ranks needs as many rows of sizes",
                      .suggestion = suggestion});
  }
  std::vector<Bytes> sizes;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::string place = where + "[" + std::to_string(row) + "]";
    const auto of_sender = read_value<std::vector<Bytes>>(rows[row], place);
    if (of_sender.size() != members) {
      throw InputError({.where = place,
                        .problem = "there are " + std::to_string(of_sender.size()) + " sizes for " +
                                   std::to_string(members) + " receivers",
                        .suggestion = suggestion});
    }
    sizes.insert(sizes.end(), of_sender.begin(), of_sender.end());
  }
  return sizes;
}

void check_element(const JsonFields& fields, const CollectiveRequest& request) {
  const double elements = request.bytes / *request.element;
  if (*request.element > Bytes(0) && std::abs(elements - std::round(elements)) <= 1e-9 * elements) return;
  fields.fail("element", to_exact_text(request.bytes) + " are not a whole number of elements of " +
                             to_exact_text(*request.element));
}

std::string read_algorithm(const JsonFields& fields) {
  auto name = fields.value_or<std::string>("algorithm", "auto");
  std::vector<std::string> names;
  for (const CollectiveAlgorithm& algorithm : collective_algorithms()) names.emplace_back(algorithm.name);
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    fields.fail("algorithm", "there is no collective algorithm '" + excerpt(name) + "'", suggest_name(name, names));
  }
  return name;
}

RankId read_rank(const JsonFields& fields, const std::string& key, std::uint32_t ranks) {
  return RankId(static_cast<std::size_t>(fields.count(key, 0, std::int64_t{ranks} - 1)));
}

std::vector<StatedMessage> read_messages(const JsonFields& fields, std::uint32_t ranks) {
  std::vector<StatedMessage> messages;
  for (const JsonFields& message : fields.objects("messages")) {
    StatedMessage read{.from = read_rank(message, "from", ranks),
                       .to = read_rank(message, "to", ranks),
                       .bytes = message.required<Bytes>("bytes"),
                       .at = message.value_or<Seconds>("at", Seconds(0))};
    if (read.from == read.to) message.fail("to", "a rank cannot send to itself");
    message.reject_unknown();
    messages.push_back(read);
  }
  if (messages.empty()) {
    fields.fail("messages", "operation 'send' needs the messages to send",
                "write for example \"messages\": [{\"from\": 0, \"to\": 1, \"bytes\": \"1 MB\"}]");
  }
  return messages;
}

std::vector<std::uint32_t> read_ranks(const JsonFields& fields, std::uint32_t devices) {
  std::vector<std::uint32_t> ranks;
  if (!fields.has("ranks")) {
    for (std::uint32_t device = 0; device < devices; ++device) ranks.push_back(device);
    return ranks;
  }
  std::vector<bool> taken(devices);
  for (const std::int64_t rank : fields.required<std::vector<std::int64_t>>("ranks")) {
    if (rank < 0 || rank >= devices) {
      fields.fail("ranks", "there is no device " + std::to_string(rank),
                  "devices are numbered from 0 to " + std::to_string(devices - 1));
    }
    const auto device = static_cast<std::uint32_t>(rank);
    if (taken[device]) fields.fail("ranks", "device " + std::to_string(rank) + " is listed twice");
    taken[device] = true;
    ranks.push_back(device);
  }
  return ranks;
}

std::shared_ptr<const StepProgram> program_of_messages(const CollectiveWorkload& workload) {
  ProgramBuilder builder(static_cast<std::uint32_t>(workload.ranks.size()));
  for (std::size_t i = 0; i < workload.messages.size(); ++i) {
    const StatedMessage& message = workload.messages[i];
    const auto tag = static_cast<Tag>(i);
    const std::string name = "message " + std::to_string(i);
    Op op;
    const StreamId sending = builder.add_stream(message.from, name);
    if (message.at > Seconds(0)) {
      op.kind = OpKind::hold;
      op.until = message.at;
      builder.add(message.from, sending, op);
      op.clear();
    }
    op.sends.push_back({.peer = message.to, .tag = tag, .bytes = message.bytes});
    builder.add(message.from, sending, op);
    op.clear();
    op.receives.push_back({.peer = message.from, .tag = tag});
    builder.add(message.to, builder.add_stream(message.to, name), op);
  }
  return builder.build();
}

}  // namespace

CollectiveRequest read_collective_request(const JsonFields& fields, std::uint32_t members) {
  CollectiveRequest request;
  request.where = fields.where();
  request.operation = operation_from(fields.required<std::string>("operation"), fields.where("operation"));
  request.algorithm = read_algorithm(fields);
  if (request.operation == Operation::all_to_all_v) {
    request.sizes = read_sizes(fields, members);
  } else if (request.operation == Operation::barrier) {
    if (fields.has("bytes")) fields.fail("bytes", "a barrier moves no bytes", "leave \"bytes\" out");
  } else {
    request.bytes = fields.required<Bytes>("bytes");
  }
  request.root = RankId(static_cast<std::size_t>(fields.count_or("root", 0, 0, std::int64_t{members} - 1)));
  request.segments = static_cast<std::uint32_t>(fields.count_or("segments", 1, 1, most_pieces));
  request.channels = static_cast<std::uint32_t>(fields.count_or("channels", 1, 1, most_pieces));
  request.direction =
      direction_from(fields.choice_or("direction", "forward", {direction_names.begin(), direction_names.end()}));
  request.element = fields.maybe<Bytes>("element");
  if (request.element) check_element(fields, request);
  request.file = fields.value_or<std::string>("file", "");
  for (const std::int64_t side : fields.value_or<std::vector<std::int64_t>>("dimensions", {})) {
    if (side < 1 || side > members) {
      fields.fail("dimensions", "a side of " + std::to_string(side) + " does not suit a grid of " +
                                    std::to_string(members) + " ranks");
    }
    request.dimensions.push_back(static_cast<std::uint32_t>(side));
  }
  if (fields.has("group_size")) {
    request.group_size = static_cast<std::uint32_t>(fields.count("group_size", 1, members));
  }
  request.phases = phases_from(fields.value_or<std::string>("phases", to_text(request.phases)), fields.where("phases"));
  return request;
}

CollectiveWorkload read_collective_workload(const JsonFields& fields, std::uint32_t devices) {
  CollectiveWorkload workload;
  workload.ranks = read_ranks(fields, devices);
  const auto members = static_cast<std::uint32_t>(workload.ranks.size());
  if (fields.required<std::string>("operation") == "send") {
    workload.messages = read_messages(fields, members);
  } else {
    workload.request = read_collective_request(fields, members);
    workload.arrivals = fields.value_or<std::vector<Seconds>>("arrivals", {});
    if (!workload.arrivals.empty() && workload.arrivals.size() != members) {
      fields.fail("arrivals",
                  "there are " + std::to_string(workload.arrivals.size()) + " arrivals for " + std::to_string(members) +
                      " ranks",
                  "state one for each rank, as in \"arrivals\": [\"0 s\", \"1 ms\", …], or leave it out");
    }
    workload.reduction_rate = fields.maybe<Bandwidth>("reduction_rate");
    if (workload.reduction_rate && !(*workload.reduction_rate > Bandwidth(0))) {
      fields.fail("reduction_rate", "ranks that combine nothing never get done", "leave it out for no limit");
    }
  }
  workload.message_overhead = fields.value_or<Seconds>("message_overhead", Seconds(0));
  return workload;
}

Json as_json(const CollectiveRequest& request, std::size_t members) {
  Json json = {{"operation", to_text(request.operation)}, {"algorithm", request.algorithm}};
  if (!request.file.empty()) json["file"] = request.file;
  for (std::size_t row = 0; row * members < request.sizes.size(); ++row) {
    Json sizes = Json::array();
    for (std::size_t i = 0; i < members; ++i) sizes.push_back(to_exact_text(request.sizes[row * members + i]));
    json["sizes"].push_back(std::move(sizes));
  }
  const bool has_bytes = request.sizes.empty() && request.operation != Operation::barrier;
  if (has_bytes) json["bytes"] = to_exact_text(request.bytes);
  json["root"] = request.root.value();
  json["segments"] = request.segments;
  json["channels"] = request.channels;
  json["direction"] = direction_names.at(static_cast<std::size_t>(request.direction));
  if (!request.dimensions.empty()) json["dimensions"] = request.dimensions;
  if (request.group_size) json["group_size"] = *request.group_size;
  if (request.algorithm == "in_switch" || request.phases != Phases::overlapped)
    json["phases"] = to_text(request.phases);
  if (request.element) json["element"] = to_exact_text(*request.element);
  return json;
}

Json as_json(const CollectiveWorkload& workload) {
  Json json = {{"kind", "collective"}};
  const CollectiveRequest& request = workload.request;
  if (workload.is_send()) {
    json["operation"] = "send";
    for (const StatedMessage& message : workload.messages) {
      json["messages"].push_back({{"from", message.from.value()},
                                  {"to", message.to.value()},
                                  {"bytes", to_exact_text(message.bytes)},
                                  {"at", to_exact_text(message.at)}});
    }
  } else {
    json.update(as_json(request, workload.ranks.size()));
    for (const Seconds arrival : workload.arrivals) json["arrivals"].push_back(to_exact_text(arrival));
    if (workload.reduction_rate) json["reduction_rate"] = to_exact_text(*workload.reduction_rate);
  }
  json["message_overhead"] = to_exact_text(workload.message_overhead);
  json["ranks"] = workload.ranks;
  return json;
}

std::shared_ptr<const StepProgram> program_of(const CollectiveWorkload& workload, const CollectiveGround& ground,
                                              Fidelity fidelity) {
  if (workload.is_send()) return program_of_messages(workload);
  const auto count = static_cast<std::uint32_t>(workload.ranks.size());
  ProgramBuilder builder(count);
  auto members = std::make_shared<std::vector<RankId>>();
  for (std::uint32_t rank = 0; rank < count; ++rank) members->emplace_back(rank);
  const std::uint64_t call =
      builder.add_collective({.plan = plan_collective(workload.request, ground, fidelity),
                              .members = members,
                              .request = std::make_shared<const CollectiveRequest>(workload.request)});
  Op op;
  for (std::uint32_t rank = 0; rank < count; ++rank) {
    const StreamId stream = builder.add_stream(RankId(rank), to_text(workload.request.operation));
    if (!workload.arrivals.empty()) {
      op.clear();
      op.kind = OpKind::hold;
      op.until = workload.arrivals[rank];
      builder.add(RankId(rank), stream, op);
    }
    op.clear();
    op.kind = OpKind::collective;
    op.collective = call;
    op.member = RankId(rank);
    builder.add(RankId(rank), stream, op);
  }
  return builder.build();
}

double bus_factor(Operation operation, std::uint32_t members) {
  const double n = members;
  switch (operation) {
    case Operation::all_reduce:
      return 2 * (n - 1) / n;
    case Operation::broadcast:
    case Operation::reduce:
      return 1;
    default:
      return (n - 1) / n;
  }
}

}  // namespace lockstep::workloads
