#include "workloads/schedules/automatic/list_scheduler.hpp"

#include <algorithm>
#include <cmath>

namespace lockstep::workloads {
namespace {

constexpr double unknown = std::numeric_limits<double>::infinity();

}  // namespace

ListScheduler::ListScheduler(const Schedule& placement, const ScheduleTimes& times, const ScheduleSearch& search)
    : placement_(&placement), times_(&times), search_(&search), transfer_(times.transfer.si()) {
  add_lanes();
}

void ListScheduler::add_lanes() {
  devices_.resize(placement_->devices());
  for (std::uint32_t chunk = 0; chunk < placement_->chunks(); ++chunk) {
    Device& device = devices_[placement_->device_of[chunk]];
    for (Lane& lane : device.lanes) lane.after += lane.chunk / placement_->stages() == chunk / placement_->stages();
    device.lanes.push_back({.chunk = chunk});
  }
  for (Device& device : devices_) {
    double busy = 0;
    double away = 0;
    for (const Lane& lane : device.lanes) {
      const std::uint32_t first = placement_->first_microbatch(lane.chunk);
      if (first == placement_->end_microbatch(lane.chunk)) continue;
      busy += both_times(lane.chunk, first);
      away += round_trip(lane.chunk, last_of_copy(lane.chunk));
    }
    device.in_flight_cap = busy > 0 ? away / busy : unknown;
    device.lag_unit = most_useful_lag(device);
  }
}

double ListScheduler::both_times(std::uint32_t chunk, std::uint32_t microbatch) const {
  const bool is_split = search_->backward == BackwardKind::split;
  const TimeTable& gradient = is_split ? times_->input_gradient : times_->backward;
  return (times_->forward.at(chunk, microbatch) + gradient.at(chunk, microbatch)).si();
}

// How many weight gradients fill the time that a device starts later than the first one, and that a gradient takes from
// it to the input at the end.
double ListScheduler::most_useful_lag(const Device& device) const {
  if (device.lanes.empty()) return 0;
  const std::uint32_t chunk = device.lanes.front().chunk;
  const std::uint32_t first = chunk / placement_->stages() * placement_->stages();
  const double weights = times_->weight_gradient.at(chunk, placement_->first_microbatch(chunk)).si();
  if (chunk == first || placement_->first_microbatch(chunk) == placement_->end_microbatch(chunk)) return 0;
  // The chunk itself takes part in the hop only.
  return weights > 0 ? (round_trip(first, chunk) - both_times(chunk, placement_->first_microbatch(chunk))) / weights
                     : unknown;
}

// From the start of a chunk's forward to the end of its gradient, by way of the chunks up to `last`, when nobody waits.
double ListScheduler::round_trip(std::uint32_t chunk, std::uint32_t last) const {
  const std::uint32_t microbatch = placement_->first_microbatch(chunk);
  double time = 0;
  for (std::uint32_t c = chunk; c <= last; ++c) {
    time += both_times(c, microbatch);
    if (c < last && placement_->device_of[c] != placement_->device_of[c + 1]) time += 2 * transfer_;
  }
  return time;
}

void ListScheduler::reset(const ListPolicy& policy) {
  policy_ = policy;
  schedule_ = *placement_;
  const std::size_t slots = std::size_t{placement_->chunks()} * placement_->microbatches;
  forward_at_.assign(slots, unknown);
  gradient_at_.assign(slots, unknown);
  for (std::uint32_t chunk = 0; chunk < placement_->chunks(); chunk += placement_->stages()) {
    std::fill_n(forward_at_.begin() + static_cast<std::ptrdiff_t>(slot(chunk, 0)), placement_->microbatches, 0.0);
  }
  wakes_ = {};
  for (std::uint32_t index = 0; index < devices_.size(); ++index) {
    Device& device = devices_[index];
    const auto lanes = static_cast<double>(device.lanes.size());
    device.cap = std::max(lanes, std::ceil(policy.depth * device.in_flight_cap - 1e-9));
    device.lag = device.lag_unit > 0 ? policy.lag * device.lag_unit : policy.lag == unknown ? unknown : 0;
    device.free_at = 0;
    device.in_flight = device.weights_owed = device.forwards_left = 0;
    device.last_was_forward = device.has_gradient = false;
    for (Lane& lane : device.lanes) {
      lane.end = placement_->end_microbatch(lane.chunk);
      lane.forwards = lane.gradients = lane.weights = placement_->first_microbatch(lane.chunk);
      device.forwards_left += lane.end - lane.forwards;
    }
    schedule_.tasks[index].reserve(std::size_t{3} * device.forwards_left);
    wakes_.push({0, index});
  }
}

std::optional<Schedule> ListScheduler::run(const ListPolicy& policy) {
  reset(policy);
  while (!wakes_.empty()) {
    const Wake wake = wakes_.top();
    wakes_.pop();
    Device& device = devices_[wake.device];
    // A device that is at work has a wake of its own for when it is free.
    if (device.free_at > wake.at) continue;
    const Choice choice = choose(device, wake.at);
    if (choice.lane != nullptr) start(wake.device, choice, wake.at);
  }
  for (const Device& device : devices_) {
    for (const Lane& lane : device.lanes) {
      if (lane.gradients < lane.end || lane.owes_weights()) return std::nullopt;
    }
  }
  return std::move(schedule_);
}

// Whether the device may take one more activation. Room is left for the chunks that the microbatch has yet to pass
// here, or else microbatches could fill a device and none of them go on.
ListScheduler::Room ListScheduler::room(const Device& device, const Lane& lane) const {
  const double wanted = 1.0 + lane.after;
  if (device.in_flight + wanted > device.cap) return Room::none;
  const double kept = search_->limit.kept_for_weights * device.weights_owed;
  if (search_->limit.allows(device.in_flight + kept + wanted)) return Room::there;
  return device.weights_owed > 0 ? Room::after_weights : Room::none;
}

ListScheduler::Lane* ListScheduler::arrived_forward(Device& device, double now, Room& best) const {
  Lane* chosen = nullptr;
  best = Room::none;
  for (Lane& lane : device.lanes) {
    if (lane.forwards == lane.end || forward_at_[slot(lane.chunk, lane.forwards)] > now) continue;
    const Room here = room(device, lane);
    if (here == Room::none) continue;
    const bool is_better = chosen == nullptr || here < best || (here == best && policy_.deepest_first);
    if (!is_better) continue;
    chosen = &lane;
    best = here;
  }
  return chosen;
}

ListScheduler::Lane* ListScheduler::arrived_gradient(Device& device, double now) const {
  Lane* chosen = nullptr;
  double earliest = now;
  for (Lane& lane : device.lanes) {
    if (lane.gradients == lane.forwards) continue;
    const double at = gradient_at_[slot(lane.chunk, lane.gradients)];
    if (at > earliest) continue;
    earliest = at;
    chosen = &lane;
  }
  return chosen;
}

// The chunk with the most weight gradients to do.
ListScheduler::Lane* ListScheduler::owed_weights(Device& device) {
  Lane* chosen = nullptr;
  for (Lane& lane : device.lanes) {
    if (!lane.owes_weights()) continue;
    if (chosen == nullptr || lane.gradients - lane.weights >= chosen->gradients - chosen->weights) chosen = &lane;
  }
  return chosen;
}

ListScheduler::Choice ListScheduler::choose(Device& device, double now) const {
  if (device.weights_owed > device.lag && device.forwards_left > 0) {
    return {owed_weights(device), Action::weight_gradient};
  }
  Room forward_room = Room::none;
  Lane* const forward = arrived_forward(device, now, forward_room);
  Lane* const gradient = arrived_gradient(device, now);
  const bool prefers_forward = policy_.preference == ListPreference::forward ||
                               (policy_.preference == ListPreference::alternate && !device.last_was_forward);
  if (gradient != nullptr && (forward == nullptr || !prefers_forward)) return {gradient, Action::input_gradient};
  if (forward == nullptr) return fill(device, now);
  if (holds_for_gradient(device, *forward, now)) return {};
  if (forward_room == Room::after_weights) return {owed_weights(device), Action::weight_gradient};
  return {forward, Action::forward};
}

// Every stage that keeps the first gradient waiting makes it later for all stages before.
bool ListScheduler::holds_for_gradient(const Device& device, const Lane& lane, double now) const {
  if (device.has_gradient || policy_.hold <= 0) return false;
  const double until = now + policy_.hold * times_->forward.at(lane.chunk, lane.forwards).si();
  return std::any_of(device.lanes.begin(), device.lanes.end(), [&](const Lane& other) {
    return other.gradients < other.forwards && gradient_at_[slot(other.chunk, other.gradients)] < until;
  });
}

// A weight gradient, unless something better comes too soon.
ListScheduler::Choice ListScheduler::fill(Device& device, double now) const {
  if (device.weights_owed == 0) return {};
  Lane* const lane = owed_weights(device);
  double next = unknown;
  for (const Lane& other : device.lanes) {
    if (other.forwards < other.end && room(device, other) == Room::there) {
      next = std::min(next, forward_at_[slot(other.chunk, other.forwards)]);
    }
    if (other.gradients < other.forwards) next = std::min(next, gradient_at_[slot(other.chunk, other.gradients)]);
  }
  const double length = times_->weight_gradient.at(lane->chunk, lane->weights).si();
  if (next - now < policy_.patience * length) return {};
  return {lane, Action::weight_gradient};
}

void ListScheduler::start(std::uint32_t device_index, const Choice& choice, double now) {
  Device& device = devices_[device_index];
  Lane& lane = *choice.lane;
  Task task{.chunk = static_cast<std::uint16_t>(lane.chunk), .action = choice.action};
  if (choice.action == Action::forward) {
    task.microbatch = lane.forwards++;
    ++device.in_flight;
    --device.forwards_left;
    device.last_was_forward = true;
  } else if (choice.action == Action::weight_gradient) {
    task.microbatch = lane.weights++;
    --device.weights_owed;
  } else {
    task.microbatch = lane.gradients++;
    --device.in_flight;
    device.last_was_forward = false;
    device.has_gradient = true;
    if (search_->backward == BackwardKind::split) {
      ++device.weights_owed;
    } else {
      task.action = Action::backward;
      ++lane.weights;
    }
  }
  const double end = now + times_->of(task).si();
  device.free_at = end;
  if (task.action == Action::forward) {
    if (placement_->is_last(lane.chunk)) {
      gradient_at_[slot(lane.chunk, task.microbatch)] = end;
    } else {
      hand_on(device_index, forward_at_, lane.chunk + 1, task.microbatch, end);
    }
  } else if (task.action != Action::weight_gradient && !placement_->is_first(lane.chunk)) {
    hand_on(device_index, gradient_at_, lane.chunk - 1, task.microbatch, end);
  }
  schedule_.tasks[device_index].push_back(task);
  wakes_.push({device.free_at, device_index});
}

void ListScheduler::hand_on(std::uint32_t device_index, std::vector<double>& arrivals, std::uint32_t chunk,
                            std::uint32_t microbatch, double end) {
  const std::uint32_t to = placement_->device_of[chunk];
  double arrival = end;
  if (to != device_index) {
    arrival += transfer_;
    if (times_->occupies == TransferOccupies::sender) devices_[device_index].free_at = arrival;
    wakes_.push({arrival, to});
  }
  arrivals[slot(chunk, microbatch)] = arrival;
}

}  // namespace lockstep::workloads
