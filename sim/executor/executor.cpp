#include "sim/executor/executor.hpp"

#include <algorithm>
#include <utility>

#include "base/contract.hpp"

namespace lockstep::sim {

using topology::VertexId;
using workloads::OpKind;
using workloads::RankId;
using workloads::StreamId;

namespace {

// Timers of jobs that start later are told apart from those of lanes.
constexpr std::uint32_t job_timer = std::uint32_t{1} << 31;

}  // namespace

Executor::Executor(std::span<const Job> jobs, const Surroundings& surroundings)
    : jobs_(jobs),
      routes_(&surroundings.routes),
      network_(&surroundings.network),
      start_(surroundings.start),
      observer_(surroundings.observer),
      conditions_(surroundings.conditions),
      wants_inner_(observer_ != nullptr && observer_->wants_inner()),
      has_slowdowns_(
          std::any_of(jobs.begin(), jobs.end(), [](const Job& job) { return job.communication_slowdown != 1; })),
      takes_notes_(observer_ != nullptr || has_slowdowns_),
      devices_(routes_->fleet().vertices().size()) {
  timeline_.busy.resize(devices_.size());
  followers_.resize(jobs.size());
  for (std::uint32_t number = 0; number < jobs.size(); ++number) {
    const Job& job = jobs[number];
    LOCKSTEP_REQUIRE(job.placement.size() == job.program->first_agent());
    LOCKSTEP_REQUIRE(job.communication_slowdown >= 1);
    LOCKSTEP_REQUIRE(!job.follows || *job.follows < number);
    LOCKSTEP_REQUIRE(!job.may_repeat || (job.follows && *job.follows + 1 == number));
    timeline_.jobs.emplace_back();
    ranks_.emplace_back(job.placement.size());
    if (job.follows) followers_[*job.follows].push_back(number);
  }
}

Timeline Executor::run() {
  for (std::uint32_t job = 0; job < jobs_.size(); ++job) {
    if (!jobs_[job].follows) schedule_job(job);
  }
  run_ready();
  network_->run(*this);
  require_all_done();

  timeline_.link_bytes = routes_->link_bytes(route_bytes_);
  for (const Bytes bytes : route_bytes_) timeline_.message_bytes += bytes;
  for (const JobTimeline& job : timeline_.jobs) timeline_.end = std::max(timeline_.end, job.end);
  return std::move(timeline_);
}

void Executor::schedule_job(std::uint32_t job) {
  if (jobs_[job].start > Seconds(0)) {
    network_->set_timer(TimerId(job_timer | job), network_->now() + jobs_[job].start);
  } else {
    start_job(job);
  }
}

void Executor::start_job(std::uint32_t job) {
  if (is_repeated(job)) before_repeats_ = {timeline_.events, timeline_.busy, route_bytes_};
  const Seconds now = network_->now();
  JobTimeline& timeline = timeline_.jobs[job];
  timeline.start = timeline.end = now;
  timeline.rank_end.assign(jobs_[job].placement.size(), now);
  if (observer_ != nullptr) observer_->job_begun(job, now);
  const std::uint32_t number = take_instance();
  Instance& instance = *instances_[number];
  instance.program = jobs_[job].program;
  instance.job = job;
  // The instance is gone when its last rank has nothing to do either.
  const workloads::StepProgram& program = *jobs_[job].program;
  instance.frames_left = program.rank_count();
  for (std::uint32_t rank = 0; rank < program.first_agent(); ++rank) {
    enter_frame(
        {.instance = number, .member = RankId(rank), .rank = RankId(rank), .vertex = jobs_[job].placement[rank]});
  }
  // Without agents the instance may be gone by now.
  if (program.first_agent() < program.rank_count()) enter_agents(number, RankId(0));
}

void Executor::enter_agents(std::uint32_t instance, RankId first_caller) {
  const std::shared_ptr<const workloads::StepProgram> program = instances_[instance]->program;
  for (std::uint32_t agent = program->first_agent(); agent < program->rank_count(); ++agent) {
    enter_frame({.instance = instance,
                 .member = RankId(agent),
                 .rank = first_caller,
                 .vertex = program->agent_vertex(RankId(agent)),
                 .is_agent = true});
  }
}

std::uint32_t Executor::take_lanes(std::uint32_t count) {
  if (count >= free_lanes_.size()) free_lanes_.resize(count + std::size_t{1});
  std::vector<std::uint32_t>& rows = free_lanes_[count];
  if (rows.empty()) {
    const std::size_t first = lanes_.size();
    lanes_.resize(first + count);
    return static_cast<std::uint32_t>(first);
  }
  const std::uint32_t first = rows.back();
  rows.pop_back();
  std::fill_n(lanes_.begin() + first, count, Lane());
  return first;
}

void Executor::give_back_lanes(std::uint32_t first, std::uint32_t count) {
  free_lanes_[count].push_back(first);
}

void Executor::enter_frame(const Frame& entering) {
  const std::uint32_t number = frames_.take();
  const workloads::StepProgram& program = *instances_[entering.instance]->program;
  Frame frame = entering;
  frame.serial = frames_entered_++;
  frame.lanes = frame.lanes_left = program.stream_count(frame.member);
  frame.count = program.role(frame.member).count;
  frame.first_lane = take_lanes(frame.lanes);
  frames_[number] = frame;
  const bool is_noted = takes_notes_ && (instances_[frame.instance]->depth == 0 || wants_inner_);
  for (std::uint32_t i = 0; i < frame.lanes; ++i) {
    Lane& lane = lanes_[frame.first_lane + i];
    lane.frame = number;
    lane.stream = StreamId(i);
    lane.is_noted = is_noted;
    lane.length = program.length(frame.member, lane.stream);
    lane.keeps_ends = program.has_delays();
    lane.is_ahead = lane.length > 0 && program.order(frame.member, lane.stream) == workloads::StreamOrder::ahead;
    ready_.push_back(frame.first_lane + i);
  }
  Instance& instance = *instances_[frame.instance];
  if (instance.depth == 0) instance.first_lanes.push_back(frame.first_lane);
  if (program.has_delays()) {
    ends_.resize(lanes_.size());
    for (std::uint32_t i = 0; i < frame.lanes; ++i) ends_[frame.first_lane + i].clear();
  }
  if (frame.lanes == 0) leave_frame(number);
}

std::uint32_t Executor::take_instance() {
  if (free_instances_.empty()) {
    instances_.push_back(std::make_unique<Instance>());
    return static_cast<std::uint32_t>(instances_.size() - 1);
  }
  const std::uint32_t number = free_instances_.back();
  free_instances_.pop_back();
  return number;
}

void Executor::give_back_instance(std::uint32_t number) {
  instances_[number]->clear();
  free_instances_.push_back(number);
}

std::uint32_t Executor::find_instance(std::uint32_t caller, std::uint64_t collective) {
  const auto known = called_.find({caller, collective});
  if (known != called_.end()) return known->second;
  const std::uint32_t number = take_instance();
  Instance& instance = *instances_[number];
  workloads::CollectiveCall call = instances_[caller]->program->collective(collective);
  instance.program = std::move(call.plan);
  instance.members = std::move(call.members);
  instance.is_steady = call.is_steady;
  instance.job = instances_[caller]->job;
  instance.depth = instances_[caller]->depth + 1;
  instance.collective = collective;
  instance.caller = caller;
  instance.phase = instance.depth == 1 ? op_.label.phase : instances_[caller]->phase;
  instance.frames_left = instance.program->rank_count();
  if (free_calls_.empty()) {
    called_.emplace(std::pair(caller, collective), number);
  } else {
    Calls::node_type& node = free_calls_.back();
    node.key() = {caller, collective};
    node.mapped() = number;
    called_.insert(std::move(node));
    free_calls_.pop_back();
  }
  return number;
}

void Executor::enter_collective(std::uint32_t number) {
  Lane& lane = lanes_[number];
  lane.state = LaneState::calling;
  const Frame caller = frame_of(lane);
  const RankId member = op_.member;
  const std::uint32_t instance = lane.called = find_instance(caller.instance, op_.collective);
  if (lane.is_noted) note_op_begun(number);
  if (repeat(number, instance)) return;
  enter_frame(
      {.instance = instance, .member = member, .rank = caller.rank, .vertex = caller.vertex, .parent_lane = number});
  if (!std::exchange(instances_[instance]->is_entered, true)) enter_agents(instance, caller.rank);
}

// What is steady and has run before takes as long again, and nobody need see how, who does not look into collectives.
bool Executor::repeat(std::uint32_t number, std::uint32_t instance) {
  if (!instances_[instance]->is_steady || wants_inner_) return false;
  const auto known = steady_.find(instances_[instance]->program.get());
  if (known == steady_.end()) return false;
  Lane& lane = lanes_[number];
  lane.state = LaneState::repeating;
  ++timeline_.simulated;
  timeline_.events += known->second.events * frame_of(lane).count;
  network_->set_timer(TimerId(number), network_->now() + known->second.takes);
  return true;
}

void Executor::end_repeat(std::uint32_t number) {
  const std::uint32_t instance = lanes_[number].called;
  finish_op(number);
  end_instance(instance);
}

void Executor::leave_frame(std::uint32_t number) {
  const Frame frame = frames_[number];
  Instance& instance = *instances_[frame.instance];
  if (instance.is_steady) {
    const Seconds takes = network_->now() - lanes_[frame.parent_lane].began;
    steady_.try_emplace(instance.program.get(), SteadyRun{takes, instance.events});
  }
  // Other ranks of a job may still ask how far this one got.
  if (instance.depth > 0) give_back_lanes(frame.first_lane, frame.lanes);
  frames_.give_back(number);
  if (frame.parent_lane != no_lane) {
    finish_op(frame.parent_lane);
  } else if (!frame.is_agent) {
    JobTimeline& job = timeline_.jobs[instance.job];
    job.rank_end[frame.rank.value()] = network_->now();
    job.end = std::max(job.end, network_->now());
  }
  if (--instance.frames_left == 0) end_instance(frame.instance);
}

void Executor::end_instance(std::uint32_t number) {
  Instance& instance = *instances_[number];
  if (instance.depth > 0) {
    if (instance.message_bytes > Bytes(0)) bytes_of_phase(instance.job, instance.phase) += instance.message_bytes;
    free_calls_.push_back(called_.extract({instance.caller, instance.collective}));
  } else {
    end_job(instance);
  }
  give_back_instance(number);
}

// Nobody asks how far its ranks got any more.
void Executor::end_job(const Instance& over) {
  for (std::uint32_t rank = 0; rank < over.first_lanes.size(); ++rank) {
    give_back_lanes(over.first_lanes[rank], over.program->stream_count(RankId(rank)));
  }
  if (before_repeats_) return leave_out_followers(over.job);
  for (const std::uint32_t job : followers_[over.job]) schedule_job(job);
}

void Executor::count_event(const Lane& lane) {
  ++timeline_.simulated;
  ++instances_[frame_of(lane).instance]->events;
  timeline_.events += frame_of(lane).count;
}

Bytes& Executor::bytes_of_phase(std::uint32_t job, std::uint16_t phase) {
  std::vector<Bytes>& bytes = timeline_.jobs[job].bytes_of_phase;
  if (phase >= bytes.size()) bytes.resize(phase + std::size_t{1});
  return bytes[phase];
}

void Executor::run_ready() {
  // Issuing may make further lanes ready, so the list grows under the loop.
  std::size_t next = 0;
  while (next < ready_.size()) issue(ready_[next++]);
  ready_.clear();
  if (has_slowdowns_) change_speeds();
}

bool Executor::must_wait(std::uint32_t number) {
  Lane& lane = lanes_[number];
  Seconds until = network_->now();
  // From the last: what is listed in the order of its ends is then waited for once.
  for (std::size_t left = op_.waits.size(); left > 0; --left) {
    const workloads::Wait& wait = op_.waits[left - 1];
    LOCKSTEP_REQUIRE(!wait.rank || instance_of(lane).depth == 0);
    const std::uint32_t first =
        wait.rank ? instance_of(lane).first_lanes[wait.rank->value()] : frame_of(lane).first_lane;
    const std::uint32_t awaited = first + wait.stream.value();
    if (lanes_[awaited].position <= wait.position) {
      wait_for(number, awaited, wait);
      return true;
    }
    if (wait.delay > Seconds(0)) until = std::max(until, ends_[awaited][wait.position] + wait.delay);
  }
  if (until <= network_->now()) return false;
  lane.state = LaneState::delayed;
  network_->set_timer(TimerId(number), until);
  return true;
}

void Executor::wait_for(std::uint32_t number, std::uint32_t awaited, const workloads::Wait& wait) {
  Lane& lane = lanes_[number];
  lane.state = LaneState::waiting;
  lane.wait = wait;
  lane.next_waiter = no_lane;
  Lane& source = lanes_[awaited];
  // In the order of what they wait for, and who waits first goes on first. Most wait for later things than all before.
  const bool is_last = source.first_waiter == no_lane || lanes_[source.last_waiter].wait.position <= wait.position;
  std::uint32_t* link =
      is_last && source.first_waiter != no_lane ? &lanes_[source.last_waiter].next_waiter : &source.first_waiter;
  while (!is_last && lanes_[*link].wait.position <= wait.position) link = &lanes_[*link].next_waiter;
  lane.next_waiter = std::exchange(*link, number);
  if (is_last) source.last_waiter = number;
}

void Executor::wake_waiters(Lane& lane) {
  while (lane.first_waiter != no_lane && lanes_[lane.first_waiter].wait.position < lane.position) {
    Lane& other = lanes_[lane.first_waiter];
    other.state = LaneState::idle;
    ready_.push_back(lane.first_waiter);
    lane.first_waiter = other.next_waiter;
  }
}

void Executor::issue(std::uint32_t number) {
  Lane& lane = lanes_[number];
  if (lane.position == lane.length) {
    lane.state = LaneState::done;
    if (--frame_of(lane).lanes_left == 0) leave_frame(lane.frame);
    return;
  }
  if (lane.is_ahead) return listen_ahead(number);
  op_.clear();
  instance_of(lane).program->fetch(frame_of(lane).member, lane.stream, lane.position, op_);
  if (!op_.waits.empty() && must_wait(number)) return;
  lane.phase = op_.label.phase;
  lane.began = network_->now();
  switch (op_.kind) {
    case OpKind::exchange:
      return issue_exchange(number);
    case OpKind::compute:
      if (lane.is_noted) note_op_begun(number);
      return queue_compute(number);
    case OpKind::collective:
      return enter_collective(number);
    case OpKind::hold: {
      if (lane.is_noted) note_op_begun(number);
      const Seconds until = timeline_.jobs[instance_of(lane).job].start + op_.until;
      if (until <= network_->now()) return finish_op(number);
      lane.state = LaneState::holding;
      return network_->set_timer(TimerId(number), until);
    }
  }
}

void Executor::finish_op(std::uint32_t number) {
  Lane& lane = lanes_[number];
  if (lane.is_noted) note_op_done(number);
  ++lane.position;
  lane.state = LaneState::idle;
  ready_.push_back(number);
  if (lane.keeps_ends) ends_[number].push_back(network_->now());
  wake_waiters(lane);
}

void Executor::timer_expired(TimerId timer) {
  const std::uint32_t number = timer.value();
  if ((number & job_timer) != 0) {
    start_job(number & ~job_timer);
  } else if (lanes_[number].state == LaneState::delayed) {
    lanes_[number].state = LaneState::idle;
    ready_.push_back(number);
  } else if (lanes_[number].state == LaneState::reducing) {
    count_event(lanes_[number]);
    if (lanes_[number].is_ahead) --lanes_[number].outstanding;
    finish_op(number);
  } else if (lanes_[number].state == LaneState::repeating) {
    end_repeat(number);
  } else {
    finish_op(number);
  }
  run_ready();
}

}  // namespace lockstep::sim
