#include "sim/updates/updates_run.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"

namespace lockstep::sim {

using topology::VertexId;

UpdatesRun::UpdatesRun(const UpdatesPlan& plan, const RunGround& ground)
    : plan_(plan),
      ground_(ground),
      protocol_(plan.make_protocol()),
      local_steps_(protocol_->local_steps()),
      service_draws_(plan.seed, "workload/updates/service", {ground.replica}) {
  for (const VertexId vertex : plan_.workers) {
    const std::uint64_t number = workers_.size();
    workers_.push_back(
        {.vertex = vertex, .draws = {plan_.seed, "workload/updates/compute", {ground_.replica, number}}});
    if (!plan_.server) continue;
    workers_.back().push = ground_.network.route(vertex, *plan_.server, number);
    workers_.back().pull = ground_.network.route(*plan_.server, vertex, number);
  }
  route_bytes_.resize(ground_.routes.size());
}

void UpdatesRun::run() {
  settle_record();
  for (std::uint32_t worker = 0; worker < workers_.size(); ++worker) go_on(worker);
  ground_.network.run(*this);
  if (is_over_) return;
  throw SimulationError("nothing goes on after " + std::to_string(updates_) + " of " + std::to_string(plan_.updates) +
                        " updates: perturbations have stopped devices for good, and the others wait for them");
}

std::uint32_t UpdatesRun::expect(const Pending& pending) {
  const std::uint32_t number = pending_.take();
  pending_[number] = pending;
  return number;
}

void UpdatesRun::happen(std::uint32_t number) {
  const Pending pending = pending_[number];
  pending_.give_back(number);
  if (is_over_) return;
  const bool is_late = is_cancelled({pending.worker, pending.task});
  switch (pending.what) {
    case What::weights_arrive:
      ++events_;
      if (!is_late) compute(pending.worker);
      return;
    case What::computed:
      if (!is_late) step_computed(pending.worker);
      return;
    case What::gradient_arrives:
      ++events_;
      return gradient_arrived({pending.worker, pending.task});
    case What::served:
      ++events_;
      is_serving_ = false;
      serving_.end(ground_.network.now());
      if (!is_late) count(pending.worker);
      return serve_waiting();
    case What::call_back:
      if (pending.task == updates_) protocol_->called_back(*this);
      return settle_record();
  }
}

void UpdatesRun::go_on(std::uint32_t worker) {
  workers_[worker].steps_left = local_steps_;
  compute(worker);
}

void UpdatesRun::compute(std::uint32_t number) {
  if (is_over_) return;
  Worker& worker = workers_[number];
  worker.state = State::computing;
  worker.computing.begin(ground_.network.now());
  const Seconds takes = duration_on(worker.vertex, Seconds(plan_.compute.sample(worker.draws)));
  // Others may go on without a device that has stopped for good.
  if (std::isinf(takes.si())) return;
  const std::uint32_t id = expect({.what = What::computed, .worker = number, .task = worker.task});
  ground_.network.start_compute(ComputeId(id), worker.vertex, takes);
}

// How long work takes that begins now; infinite where it is never done.
Seconds UpdatesRun::duration_on(VertexId vertex, Seconds work) {
  if (ground_.conditions == nullptr) return work;
  work *= ground_.conditions->draw_factor(vertex);
  const SpeedProfile* profile = ground_.conditions->of_device(vertex);
  const Seconds now = ground_.network.now();
  return profile != nullptr ? finish(*profile, now, work) - now : work;
}

void UpdatesRun::step_computed(std::uint32_t number) {
  ++events_;
  Worker& worker = workers_[number];
  worker.computing.end(ground_.network.now());
  if (--worker.steps_left > 0) return compute(number);
  worker.state = State::pushing;
  if (!plan_.server) return gradient_arrived({number, worker.task});
  send(worker.push, {.what = What::gradient_arrives, .worker = number, .task = worker.task});
}

void UpdatesRun::send(RouteId route, const Pending& arrival) {
  route_bytes_[route.value()] += plan_.payload;
  ground_.network.start(TransferId(expect(arrival)), {.route = route, .bytes = plan_.payload, .delay = {}});
}

void UpdatesRun::gradient_arrived(const Gradient& gradient) {
  arrived_.push_back(gradient);
  serve_waiting();
}

// One after the other, in the order in which they came.
void UpdatesRun::serve_waiting() {
  while (!is_serving_ && !is_over_ && !arrived_.empty()) {
    const Gradient next = arrived_.front();
    arrived_.pop_front();
    if (is_cancelled(next)) continue;
    Seconds takes(plan_.service.sample(service_draws_));
    if (plan_.server) takes = duration_on(*plan_.server, takes);
    if (!(takes > Seconds(0))) {
      count(next.worker);
      continue;
    }
    is_serving_ = true;
    const Seconds now = ground_.network.now();
    serving_.begin(now);
    if (std::isinf(takes.si())) return;
    const std::uint32_t id = expect({.what = What::served, .worker = next.worker, .task = next.task});
    ground_.network.set_timer(TimerId(id), now + takes);
  }
}

void UpdatesRun::count(std::uint32_t worker) {
  workers_[worker].state = State::waiting;
  gathered_.push_back(workers_[worker].version);
  protocol_->gradient_counted(worker, *this);
  settle_record();
}

void UpdatesRun::update() {
  if (is_over_) return;
  for (const std::uint64_t version : gathered_) record_.staleness.add(updates_ - version);
  record_.gradients += gathered_.size() * local_steps_;
  gathered_.clear();
  is_over_ = ++updates_ == plan_.updates;
}

void UpdatesRun::send_weights(std::uint32_t number) {
  Worker& worker = workers_[number];
  const bool is_computing = worker.state == State::computing;
  if (is_computing) worker.computing.end(ground_.network.now());
  if (is_computing || worker.state == State::pushing) ++record_.cancelled;
  if (is_over_) return;
  ++worker.task;
  worker.version = updates_;
  worker.steps_left = local_steps_;
  if (!plan_.server) return compute(number);
  worker.state = State::fetching;
  send(worker.pull, {.what = What::weights_arrive, .worker = number, .task = worker.task});
}

void UpdatesRun::call_back_after(Seconds time) {
  const std::uint32_t id = expect({.what = What::call_back, .task = updates_});
  ground_.network.set_timer(TimerId(id), ground_.network.now() + time);
}

Seconds UpdatesRun::computing_time() const {
  Seconds all;
  for (const Worker& worker : workers_) all += worker.computing.until(ground_.network.now());
  return all;
}

// Once the protocol has done what an update brings about: what it cancels belongs to the updates up to then.
void UpdatesRun::settle_record() {
  if (is_over_) return end_record();
  if (!has_warmed_up_ && updates_ == plan_.warm_up) begin_record();
}

void UpdatesRun::begin_record() {
  has_warmed_up_ = true;
  record_ = {};
  record_.from = ground_.network.now();
  computing_before_ = computing_time();
  serving_before_ = serving_.until(record_.from);
}

void UpdatesRun::end_record() {
  record_.end = ground_.network.now();
  record_.updates = updates_ - plan_.warm_up;
  const Seconds took = record_.end - record_.from;
  if (!(took > Seconds(0))) return;
  const double computing = (computing_time() - computing_before_) / (took * static_cast<double>(workers_.size()));
  record_.worker_idle = std::max(0.0, 1 - computing);  // sums are rounded
  record_.server_utilization = (serving_.until(record_.end) - serving_before_) / took;
}

Timeline UpdatesRun::timeline() const {
  Timeline timeline;
  timeline.end = record_.end;
  timeline.jobs.push_back(
      {.start = {}, .end = record_.end, .rank_end = std::vector<Seconds>(workers_.size(), record_.end)});
  timeline.events = timeline.simulated = events_;
  timeline.busy.resize(ground_.routes.fleet().vertices().size());
  for (const Worker& worker : workers_) timeline.busy[worker.vertex.value()] += worker.computing.until(record_.end);
  timeline.link_bytes = ground_.routes.link_bytes(route_bytes_);
  for (const Bytes bytes : route_bytes_) timeline.message_bytes += bytes;
  return timeline;
}

}  // namespace lockstep::sim
