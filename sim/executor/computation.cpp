// How the executor lets devices compute: one thing at a time, at speeds that change.
#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/error.hpp"
#include "sim/executor/executor.hpp"

namespace lockstep::sim {

using topology::VertexId;

namespace {

// Times that should be the same differ by rounding, of what has passed since a job began and of the clock.
constexpr double rounding_of_job = 1e-10;
constexpr double rounding_of_clock = 1e-13;

}  // namespace

Seconds Executor::duration(const workloads::Work& work, VertexId device) const {
  const topology::Fleet& fleet = routes_->fleet();
  const topology::DeviceModel& model = fleet.device_models()[fleet.vertex(device).model.value()];
  Seconds busy;
  if (work.flops > Flops(0)) busy = work.flops / *model.compute;
  if (work.memory_traffic > Bytes(0)) busy = std::max(busy, work.memory_traffic / *model.memory_bandwidth);
  return work.nominal + busy;
}

// The work of the operation that is being issued, under the conditions of the run.
Seconds Executor::disturbed(Seconds work, const Frame& frame) const {
  const Instance& instance = *instances_[frame.instance];
  if (instance.depth == 0 && conditions_->varies_data()) {
    const auto part = instance.program->data_part(frame.member, op_.label);
    if (part) work = conditions_->stretch(frame.vertex, instance.job, *part).of(work, op_.work.attention);
  }
  return work * conditions_->draw_factor(frame.vertex);
}

void Executor::queue_compute(std::uint32_t number) {
  Lane& lane = lanes_[number];
  const VertexId vertex = frame_of(lane).vertex;
  lane.work = duration(op_.work, vertex);
  if (conditions_ != nullptr) lane.work = disturbed(lane.work, frame_of(lane));
  lane.ready = network_->now();
  Device& device = devices_[vertex.value()];
  if (device.computing == no_lane) return start_compute(number);
  if (!comes_first(number, device.computing)) return enqueue(number, device);
  stand_back(device);
  start_compute(number);
}

// What the device has just begun is next in line again.
void Executor::stand_back(Device& device) {
  const std::uint32_t begun = device.computing;
  Lane& lane = lanes_[begun];
  take_stock(device);
  timeline_.busy[frame_of(lane).vertex.value()] += network_->now() - lane.began;
  lane.state = LaneState::queued;
  lane.next_queued = std::exchange(device.first, begun);
  if (lane.next_queued == no_lane) device.last = begun;
}

// Whether a lane that has become ready now is to compute before one that is in line, or has just begun.
bool Executor::comes_first(std::uint32_t number, std::uint32_t other) const {
  const Seconds now = network_->now();
  const Seconds begin = timeline_.jobs[instances_[frame_of(lanes_[other]).instance]->job].start;
  const Seconds rounding = rounding_of_job * (now - begin) + rounding_of_clock * now;
  if (now - lanes_[other].ready > rounding) return false;
  // By rank and stream, so that equal ranks do equal things.
  const auto place = [&](std::uint32_t lane) {
    std::uint32_t own = lane;
    while (frame_of(lanes_[own]).parent_lane != no_lane) own = frame_of(lanes_[own]).parent_lane;
    const Frame& frame = frame_of(lanes_[own]);
    return std::array{instances_[frame.instance]->job, frame.rank.value(), lanes_[own].stream.value(),
                      lanes_[lane].stream.value()};
  };
  return place(number) < place(other);
}

void Executor::enqueue(std::uint32_t number, Device& device) {
  lanes_[number].state = LaneState::queued;
  const bool is_last = device.first == no_lane || !comes_first(number, device.last);
  std::uint32_t* link = &device.first;
  if (is_last) {
    if (device.first != no_lane) link = &lanes_[device.last].next_queued;
    device.last = number;
  } else {
    while (!comes_first(number, *link)) link = &lanes_[*link].next_queued;
  }
  lanes_[number].next_queued = std::exchange(*link, number);
}

void Executor::start_compute(std::uint32_t number) {
  Lane& lane = lanes_[number];
  const VertexId vertex = frame_of(lane).vertex;
  Device& device = devices_[vertex.value()];
  device.computing = number;
  device.slowdown = slowdown_of(lane);
  device.since = network_->now();
  lane.state = LaneState::computing;
  lane.began = network_->now();
  expect_end(number);
}

// Of what the device computes, as things are.
void Executor::expect_end(std::uint32_t number) {
  const Lane& lane = lanes_[number];
  const VertexId vertex = frame_of(lane).vertex;
  Device& device = devices_[vertex.value()];
  Seconds takes = lane.work * device.slowdown;
  if (const SpeedProfile* profile = profile_of(vertex)) {
    const Seconds end = finish(*profile, network_->now(), takes);
    if (!(end < Seconds(std::numeric_limits<double>::infinity()))) {
      throw SimulationError("device " + routes_->fleet().vertex(vertex).name +
                            " never goes on: a perturbation has stopped it for good");
    }
    takes = end - network_->now();
  }
  device.due = network_->now() + takes;
  network_->start_compute(ComputeId(number), vertex, takes);
}

const SpeedProfile* Executor::profile_of(VertexId device) const {
  return conditions_ != nullptr ? conditions_->of_device(device) : nullptr;
}

void Executor::computed(ComputeId compute) {
  const std::uint32_t number = compute.value();
  // Networks take nothing back: what was due before the speed changed, or before it had to stand back, comes to
  // nothing.
  if (lanes_[number].state != LaneState::computing) return;
  const VertexId vertex = frame_of(lanes_[number]).vertex;
  Device& device = devices_[vertex.value()];
  if (device.due > network_->now()) return;
  timeline_.busy[vertex.value()] += network_->now() - lanes_[number].began;
  count_event(lanes_[number]);
  device.computing = no_lane;
  if (const std::uint32_t next = device.first; next != no_lane) {
    device.first = lanes_[next].next_queued;
    lanes_[next].next_queued = no_lane;
    start_compute(next);
  }
  finish_op(number);
  run_ready();
}

// How many times as long as undisturbed the lane's computation takes as things are.
double Executor::slowdown_of(const Lane& lane) const {
  if (!has_slowdowns_) return 1;
  const Frame& frame = frame_of(lane);
  const Instance& instance = *instances_[frame.instance];
  // What a collective computes is part of it, not beside it.
  const bool is_beside = instance.depth == 0 && ranks_[instance.job][frame.rank.value()].communications > 0;
  return is_beside ? jobs_[instance.job].communication_slowdown : 1;
}

// Of all devices that something happened to. Once for all that happens in a row, since one communication often ends
// where the next begins.
void Executor::change_speeds() {
  for (const VertexId device : respeeded_) change_speed(devices_[device.value()]);
  respeeded_.clear();
}

// What is under way goes on from here at the speed of now.
void Executor::change_speed(Device& device) {
  if (device.computing == no_lane) return;
  const Lane& lane = lanes_[device.computing];
  const double slowdown = slowdown_of(lane);
  if (slowdown == device.slowdown) return;
  take_stock(device);
  device.slowdown = slowdown;
  expect_end(device.computing);
}

// Of the work that is left of what it computes.
void Executor::take_stock(Device& device) {
  Lane& lane = lanes_[device.computing];
  const SpeedProfile* profile = profile_of(frame_of(lane).vertex);
  const Seconds done =
      profile != nullptr ? work_between(*profile, device.since, network_->now()) : network_->now() - device.since;
  lane.work = std::max(lane.work - done / device.slowdown, Seconds(0));
  device.since = network_->now();
}

// Of the rank whose own operation the lane is at, and null within collectives.
std::uint32_t* Executor::communications_beside(const Lane& lane) {
  const Frame& frame = frame_of(lane);
  const Instance& instance = *instances_[frame.instance];
  return instance.depth == 0 ? &ranks_[instance.job][frame.rank.value()].communications : nullptr;
}

void Executor::communication_begins(std::uint32_t number) {
  std::uint32_t* communications = communications_beside(lanes_[number]);
  if (communications != nullptr && ++*communications == 1) respeeded_.push_back(frame_of(lanes_[number]).vertex);
}

void Executor::communication_ends(std::uint32_t number) {
  std::uint32_t* communications = communications_beside(lanes_[number]);
  if (communications != nullptr && --*communications == 0) respeeded_.push_back(frame_of(lanes_[number]).vertex);
}

}  // namespace lockstep::sim
