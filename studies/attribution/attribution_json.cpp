#include "studies/attribution/attribution_json.hpp"

#include <nlohmann/json.hpp>

namespace lockstep::studies {
namespace {

Json as_json(const Seat& seat) {
  return {{"replica", seat.replica}, {"stage", seat.stage}};
}

Json maybe(const std::optional<double>& number) {
  return number ? Json(*number) : Json();
}

Json as_json(const Blame& blame, Seconds lost, const topology::Fleet& fleet) {
  Json row = {{"name", blame.suspect.name},
              {"saved_s", blame.saved.si()},
              {"share", lost > Seconds(0) ? Json(blame.saved / lost) : Json()},
              {"alone_s", blame.alone.si()},
              {"critical_path_s", blame.on_path.si()}};
  if (blame.suspect.seat) row.update(as_json(*blame.suspect.seat));
  if (blame.suspect.kind == SuspectKind::device) return row;
  if (!blame.suspect.devices.empty()) row["devices"] = blame.suspect.devices.size();
  if (blame.suspect.kind != SuspectKind::link) return row;
  for (const topology::ChannelId channel : blame.suspect.channels) {
    row["channels"].push_back(fleet.channel_name(channel));
  }
  return row;
}

Json as_json(const BlameTable& table, Seconds lost, const topology::Fleet& fleet) {
  Json rows = Json::array();
  for (const Blame& blame : table.rows) rows.push_back(as_json(blame, lost, fleet));
  return {{"kind", to_text(table.kind)},
          {"rows", std::move(rows)},
          {"interaction_s", (lost - table.saved_by_each()).si()},
          {"left_out", table.left_out},
          {"most_left_out_critical_path_s", table.most_left_out.si()}};
}

Json as_json(const Straggling& straggling, bool names_workload) {
  Json types = Json::array();
  for (const TypeSlowdown& type : straggling.types) types.push_back({{"type", type.type}, {"S_t", type.slowdown}});
  Json workers = Json::array();
  for (const WorkerSlowdown& worker : straggling.workers) {
    workers.push_back(as_json(worker.seat));
    workers.back()["S_w"] = worker.slowdown;
    if (names_workload) workers.back()["workload"] = worker.workload;
  }
  Json slowest = Json::array();
  for (const Seat& seat : straggling.slowest_workers) slowest.push_back(as_json(seat));
  return {{"time_s", straggling.time.si()},
          {"ideal_s", straggling.ideal.si()},
          {"S", straggling.slowdown},
          {"types", std::move(types)},
          {"workers", std::move(workers)},
          {"slowest_workers", std::move(slowest)},
          {"M_W", maybe(straggling.of_slowest_workers)},
          {"M_S", maybe(straggling.of_last_stage)}};
}

}  // namespace

Json as_json(const Attribution& attribution, const topology::Fleet& fleet) {
  Json tables = Json::array();
  for (const BlameTable& table : attribution.tables) tables.push_back(as_json(table, attribution.lost(), fleet));
  return {{"time_s", attribution.time.si()},
          {"ideal_s", attribution.ideal.si()},
          {"lost_s", attribution.lost().si()},
          {"slowdown", attribution.time / attribution.ideal},
          {"attribution", std::move(tables)},
          {"straggling", as_json(attribution.straggling, attribution.seatings.size() > 1)},
          {"simulations", attribution.simulations}};
}

}  // namespace lockstep::studies
