#include "workloads/step_program/stated_collectives.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "workloads/collectives/collective_workload.hpp"

namespace lockstep::workloads {
namespace {

std::string in_quotes(std::string_view name) {
  return "'" + excerpt(name) + "'";
}

}  // namespace

void StatedCollectives::join(const std::string& line, const LineFields& fields, RankId rank, ProgramBuilder& builder,
                             Op& op) {
  Named& named = stated(line, fields, builder);
  const auto member = named.group->member_of.find(rank.value());
  const std::string name = in_quotes(fields.text("name"));
  if (member == named.group->member_of.end()) {
    fields.fail("rank", "rank " + std::to_string(rank.value()) + " is no member of collective " + name + " (line " +
                            std::to_string(named.line) + ")");
  }
  std::uint64_t& joined = named.lines[member->second];
  if (joined != 0) {
    fields.fail("name",
                "rank " + std::to_string(rank.value()) + " takes part in collective " + name + " already, on line " +
                    std::to_string(joined),
                "a name is for one collective: give each its own");
  }
  joined = fields.line();
  op.collective = named.number;
  op.member = RankId(member->second);
}

StatedCollectives::Named& StatedCollectives::stated(const std::string& line, const LineFields& fields,
                                                    ProgramBuilder& builder) {
  const std::string_view name = fields.text("name");
  const auto known = named_.find(name);
  if (!fields.has("operation")) {
    static constexpr std::string_view short_keys[] = {"rank", "stream", "op", "label", "id", "waits", "name"};
    if (known != named_.end()) {
      fields.reject_unknown(short_keys);
      return known->second;
    }
    fields.fail("operation", "is missing: no earlier line says what collective " + in_quotes(name) + " does",
                "write for example \"operation\": \"all_reduce\", \"algorithm\": \"ring\", \"bytes\": \"64 MiB\"");
  }
  const LinePlace place{file_, fields.line()};
  const Json json = parse_line(line, place);
  const JsonFields all(json, place.text());
  for (const char* key : {"rank", "stream", "op", "label", "id", "waits", "name"}) all.raw(key);
  const auto group = group_of(all);
  const CollectiveRequest request = read_collective_request(all, static_cast<std::uint32_t>(group->ranks.size()));
  all.reject_unknown();
  std::string text = as_json(request, group->ranks.size()).dump();
  if (known != named_.end()) {
    if (known->second.request == text && known->second.group == group) return known->second;
    fields.fail("name",
                "this line asks for another collective " + in_quotes(name) + " than line " +
                    std::to_string(known->second.line) + " does",
                "a name is for one collective, which all its members state alike");
  }
  Named named{.line = fields.line(), .request = text, .group = group, .lines = {}};
  named.lines.resize(group->ranks.size());
  named.number = builder.add_collective({.plan = plan(request, text, *group),
                                         .members = std::shared_ptr<const std::vector<RankId>>(group, &group->ranks),
                                         .request = std::make_shared<const CollectiveRequest>(request)});
  return named_.emplace(std::string(name), std::move(named)).first->second;
}

std::shared_ptr<const StatedCollectives::Group> StatedCollectives::group_of(const JsonFields& fields) {
  std::vector<std::uint32_t> ranks;
  if (fields.has("ranks")) {
    for (const std::int64_t rank : fields.required<std::vector<std::int64_t>>("ranks")) {
      if (rank < 0 || rank >= ranks_) {
        fields.fail("ranks", "there is no rank " + std::to_string(rank),
                    "ranks are numbered from 0 to " + std::to_string(ranks_ - 1));
      }
      ranks.push_back(static_cast<std::uint32_t>(rank));
    }
  } else {
    for (std::uint32_t rank = 0; rank < ranks_; ++rank) ranks.push_back(rank);
  }
  std::shared_ptr<const Group>& known = groups_[ranks];
  if (known != nullptr) return known;
  auto group = std::make_shared<Group>();
  for (const std::uint32_t rank : ranks) {
    if (!group->member_of.emplace(rank, static_cast<std::uint32_t>(group->ranks.size())).second) {
      fields.fail("ranks", "rank " + std::to_string(rank) + " is listed twice");
    }
    group->ranks.emplace_back(rank);
  }
  return known = group;
}

// Equal collectives share one plan.
PlanPointer StatedCollectives::plan(const CollectiveRequest& request, const std::string& text, const Group& group) {
  PlanPointer& known = plans_[{&group, text}];
  if (known != nullptr) return known;
  std::vector<topology::VertexId> vertices;
  for (const RankId rank : group.ranks) vertices.push_back(ground_.devices[rank.value()]);
  CollectiveRequest located = request;
  located.directory = std::filesystem::path(file_).parent_path().string();
  return known = plan_collective(located, {ground_.fleet, vertices}, ground_.fidelity);
}

void StatedCollectives::require_members() const {
  const std::pair<const std::string, Named>* first = nullptr;
  for (const auto& entry : named_) {
    const auto& lines = entry.second.lines;
    if (std::find(lines.begin(), lines.end(), 0U) == lines.end()) continue;
    if (first == nullptr || entry.second.line < first->second.line) first = &entry;
  }
  if (first == nullptr) return;
  const Named& named = first->second;
  const auto absent = std::find(named.lines.begin(), named.lines.end(), 0U) - named.lines.begin();
  const RankId rank = named.group->ranks[static_cast<std::size_t>(absent)];
  throw InputError({.where = LinePlace{file_, named.line}.text() + ": ranks",
                    .problem = "rank " + std::to_string(rank.value()) + " is a member of collective " +
                               in_quotes(first->first) + " but never takes part in it",
                    .suggestion = "add a line with \"rank\": " + std::to_string(rank.value()) +
                                  ", \"op\": \"collective\", \"name\": " +
                                  Json(first->first).dump(-1, ' ', false, Json::error_handler_t::replace)});
}

}  // namespace lockstep::workloads
