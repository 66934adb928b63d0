#include "sim/traces/trace_tracks.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/contract.hpp"

namespace lockstep::sim {
namespace {

constexpr std::uint32_t none = UINT32_MAX;

// The runs of one stream that the same stream calls again and again; where they overlap, on several rows.
struct Group {
  std::uint32_t process = 0;
  std::uint32_t caller = none;  // a row
  workloads::StreamId stream;
  std::uint32_t name = 0;
  friend auto operator<=>(const Group&, const Group&) = default;
};

// A track to be.
struct Row {
  Group group;
  Seconds end;
  std::vector<std::uint32_t> lanes;
};

class Layout {
 public:
  explicit Layout(const ChromeTrace& trace) : trace_(trace), row_of_(trace.lanes().size(), none) {}

  TraceLayout result() {
    name_processes();
    for (std::uint32_t lane = 0; lane < trace_.lanes().size(); ++lane) {
      const OpPlace& place = trace_.lanes()[lane].place;
      lane_of_.emplace(std::pair(place.frame, place.stream), lane);
    }
    for (const std::uint32_t lane : in_order_of_time()) row(lane);
    layout_.track_of.resize(trace_.lanes().size());
    std::map<std::uint32_t, std::vector<std::uint32_t>> top;  // rows that nobody called, by process
    std::vector<std::vector<std::uint32_t>> called(rows_.size());
    for (const std::uint32_t row : in_order_of_groups()) {
      const Group& group = rows_[row].group;
      (group.caller == none ? top[group.process] : called[group.caller]).push_back(row);
    }
    for (const auto& [process, rows] : top) {
      tracks_in_process_ = 0;
      for (const std::uint32_t row : rows) add_track(row, "", called);
    }
    return std::move(layout_);
  }

 private:
  void name_processes() {
    const bool several = trace_.jobs().size() > 1;
    for (std::uint32_t job = 0; job < trace_.jobs().size(); ++job) {
      first_process_.push_back(processes_);
      processes_ += static_cast<std::uint32_t>(trace_.jobs()[job].placement.size());
    }
    for (const ChromeTrace::Lane& lane : trace_.lanes()) {
      const OpPlace& place = lane.place;
      if (place.is_agent) agents_.emplace(std::pair(place.job, place.vertex), 0);
    }
    for (auto& [agent, process] : agents_) process = processes_++;
    std::map<std::uint32_t, std::string> names;
    for (const ChromeTrace::Lane& lane : trace_.lanes()) {
      const OpPlace& place = lane.place;
      std::string name = several ? "job " + std::to_string(place.job) + ": " : "";
      const topology::Vertex& vertex = trace_.fleet().vertex(place.vertex);
      name += place.is_agent ? "agent " + vertex.name
                             : "rank " + std::to_string(place.rank.value()) + " (" + vertex.name + ")";
      names.emplace(process_of(place), std::move(name));
    }
    for (auto& [id, name] : names) layout_.processes.push_back({.id = id, .name = std::move(name)});
  }

  std::uint32_t process_of(const OpPlace& place) const {
    if (place.is_agent) return agents_.at({place.job, place.vertex});
    return first_process_[place.job] + place.rank.value();
  }

  std::vector<std::uint32_t> in_order_of_time() const {
    const auto lanes = trace_.lanes();
    std::vector<std::uint32_t> order;
    for (std::uint32_t lane = 0; lane < lanes.size(); ++lane) order.push_back(lane);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      const auto key = [&](std::uint32_t lane) {
        const ChromeTrace::Lane& at = lanes[lane];
        return std::tuple(at.slices.front().start, at.slices.back().end, at.place.frame, at.place.stream);
      };
      return key(a) < key(b);
    });
    return order;
  }

  std::vector<std::uint32_t> in_order_of_groups() const {
    std::vector<std::uint32_t> order;
    for (std::uint32_t row = 0; row < rows_.size(); ++row) order.push_back(row);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      const auto key = [&](std::uint32_t row) {
        const Group& group = rows_[row].group;
        return std::tuple(group.process, group.stream, std::string_view(trace_.texts()[group.name]));
      };
      return key(a) < key(b);
    });
    return order;
  }

  // The row that a lane stands on: the first of its group that is free.
  std::uint32_t row(std::uint32_t number) {
    if (row_of_[number] != none) return row_of_[number];
    const ChromeTrace::Lane& lane = trace_.lanes()[number];
    Group group{.process = process_of(lane.place), .stream = lane.place.stream, .name = lane.name};
    if (lane.place.calling_frame) {
      const auto caller = lane_of_.find({*lane.place.calling_frame, lane.place.calling_stream});
      LOCKSTEP_REQUIRE(caller != lane_of_.end());
      group.caller = row(caller->second);
    }
    std::vector<std::uint32_t>& rows = groups_[group];
    auto free = std::find_if(rows.begin(), rows.end(),
                             [&](std::uint32_t row) { return rows_[row].end <= lane.slices.front().start; });
    if (free == rows.end()) {
      rows_.push_back({.group = group, .end = {}, .lanes = {}});
      free = rows.insert(free, static_cast<std::uint32_t>(rows_.size() - 1));
    }
    rows_[*free].end = lane.slices.back().end;
    rows_[*free].lanes.push_back(number);
    return row_of_[number] = *free;
  }

  // A row as a track, and what it calls below it.
  void add_track(std::uint32_t number, const std::string& caller,
                 const std::vector<std::vector<std::uint32_t>>& called) {
    Row& row = rows_[number];
    const std::string name = caller + trace_.texts()[row.group.name];
    for (const std::uint32_t lane : row.lanes) {
      layout_.track_of[lane] = static_cast<std::uint32_t>(layout_.tracks.size());
    }
    layout_.tracks.push_back(
        {.process = row.group.process, .id = ++tracks_in_process_, .name = name, .lanes = std::move(row.lanes)});
    for (const std::uint32_t below : called[number]) add_track(below, name + " / ", called);
  }

  const ChromeTrace& trace_;
  std::vector<std::uint32_t> first_process_;  // of each job
  std::uint32_t processes_ = 0;
  std::map<std::pair<std::uint32_t, topology::VertexId>, std::uint32_t> agents_;  // their processes
  std::map<std::pair<std::uint64_t, workloads::StreamId>, std::uint32_t> lane_of_;
  std::vector<std::uint32_t> row_of_;
  std::map<Group, std::vector<std::uint32_t>> groups_;
  std::vector<Row> rows_;
  std::uint32_t tracks_in_process_ = 0;
  TraceLayout layout_;
};

}  // namespace

TraceLayout lay_out(const ChromeTrace& trace) {
  return Layout(trace).result();
}

}  // namespace lockstep::sim
