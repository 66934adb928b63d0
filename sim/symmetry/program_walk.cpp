#include "sim/symmetry/program_walk.hpp"

#include <algorithm>

namespace lockstep::sim {

using workloads::Op;
using workloads::RankId;

ProgramWalk::ProgramWalk(ProgramGraph& graph, std::span<const Job> jobs, ProgramGraph::Repeats repeats)
    : graph_(graph), repeats_(repeats) {
  for (std::uint32_t number = 0; number < jobs.size(); ++number) add_job(number, jobs[number]);
  // Playing finds further actors: the agents of collectives.
  std::size_t actor = 0;
  while (actor < graph_.actors_.size()) play(graph_.actors_[actor++].parts.front());
  count_bytes();
}

void ProgramWalk::add_job(std::uint32_t number, const Job& job) {
  const auto scene = static_cast<std::uint32_t>(graph_.scenes_.size());
  graph_.scenes_.push_back({.program = job.program, .job = number, .caller = scene});
  graph_.scenes_.back().part_of.assign(job.program->rank_count(), Line::nobody);
  orders_.emplace_back();
  for (std::uint32_t rank = 0; rank < job.placement.size(); ++rank) {
    const std::uint32_t actor = add_actor({.job = number, .vertex = job.placement[rank]});
    add_part({.actor = actor, .scene = scene, .rank = RankId(rank)});
  }
  add_agents(scene);
}

void ProgramWalk::add_agents(std::uint32_t scene) {
  const std::shared_ptr<const workloads::StepProgram> program = graph_.scenes_[scene].program;
  for (std::uint32_t agent = program->first_agent(); agent < program->rank_count(); ++agent) {
    const RankId rank(agent);
    const std::uint32_t actor =
        add_actor({.job = graph_.scenes_[scene].job, .vertex = program->agent_vertex(rank), .is_agent = true});
    add_part({.actor = actor, .scene = scene, .rank = rank});
  }
}

std::uint32_t ProgramWalk::add_actor(const Actor& actor) {
  graph_.actors_.push_back(actor);
  return static_cast<std::uint32_t>(graph_.actors_.size() - 1);
}

std::uint32_t ProgramWalk::add_part(const Part& part) {
  const auto number = static_cast<std::uint32_t>(graph_.parts_.size());
  std::vector<std::uint32_t>& own = graph_.actors_[part.actor].parts;
  graph_.parts_.push_back(part);
  graph_.parts_.back().number = static_cast<std::uint32_t>(own.size());
  if (own.empty()) graph_.parts_.back().caller = number;
  own.push_back(number);
  graph_.scenes_[part.scene].part_of[part.rank.value()] = number;
  return number;
}

CalledScene ProgramWalk::scene_of(std::uint32_t caller, std::uint64_t collective) {
  const auto has_agents = [&](std::uint32_t scene) {
    const workloads::StepProgram& program = *graph_.scenes_[scene].program;
    return program.first_agent() < program.rank_count();
  };
  auto scene = static_cast<std::uint32_t>(graph_.scenes_.size());
  const auto [known, is_new] = called_.try_emplace({caller, collective}, scene);
  if (!is_new) return {known->second, has_agents(known->second)};
  const workloads::CollectiveCall call = graph_.scenes_[caller].program->collective(collective);
  const bool is_plain = call.plan->first_agent() == call.plan->rank_count() && graph_.scenes_[caller].depth == 0;
  if (repeats_ == ProgramGraph::Repeats::together && is_plain) {
    scene = repeated_.try_emplace({caller, call.plan.get(), call.members.get()}, scene).first->second;
    known->second = scene;
    if (scene < graph_.scenes_.size()) return {scene, false};
  }
  graph_.scenes_.push_back({.program = call.plan,
                            .job = graph_.scenes_[caller].job,
                            .depth = graph_.scenes_[caller].depth + 1,
                            .caller = caller,
                            .members = call.members,
                            .part_of = std::vector(call.plan->rank_count(), Line::nobody)});
  orders_.emplace_back();
  add_agents(scene);
  return {scene, has_agents(scene)};
}

const Op& ProgramWalk::fetch(std::uint32_t number, const RankText::Place& place) {
  const Part& part = graph_.parts_[number];
  const Scene& scene = graph_.scenes_[part.scene];
  if (scene.depth >= ops_.size()) ops_.resize(scene.depth + 1);
  Op& op = ops_[scene.depth];
  op.clear();
  scene.program->fetch(part.rank, place.stream, place.position, op);
  return op;
}

std::uint32_t ProgramWalk::read_text(std::uint32_t number) {
  const Part& part = graph_.parts_[number];
  const std::uint32_t scene = part.scene;
  const std::shared_ptr<const workloads::StepProgram> program = graph_.scenes_[scene].program;
  Op op;
  RankText text = text_of(
      *program, part.rank, [&](std::uint64_t collective) { return scene_of(scene, collective); }, op);
  const auto [known, is_new] = known_texts_.try_emplace(text.does, static_cast<std::uint32_t>(graph_.texts_.size()));
  if (is_new) graph_.texts_.push_back(std::move(text));
  return known->second;
}

std::uint32_t ProgramWalk::text_of_part(std::uint32_t number) {
  const Part& part = graph_.parts_[number];
  const std::optional<std::uint64_t> stated = graph_.scenes_[part.scene].program->text(part.rank);
  if (!stated) return read_text(number);
  const std::pair key(part.scene, *stated);
  const auto known = stated_texts_.find(key);
  if (known == stated_texts_.end()) return stated_texts_[key] = read_text(number);
  return calls_alike(number, graph_.texts_[known->second]) ? known->second : read_text(number);
}

// Programs do not promise that equal texts call collectives of which all have agents, or none.
bool ProgramWalk::calls_alike(std::uint32_t number, const RankText& text) {
  const std::uint32_t scene = graph_.parts_[number].scene;
  return std::ranges::all_of(text.names, [&](const RankText::Name& name) {
    return name.naming != RankText::Naming::call ||
           scene_of(scene, fetch(number, name.place).collective).has_agents == name.has_agents;
  });
}

void ProgramWalk::play(std::uint32_t number) {
  const std::uint32_t text_number = text_of_part(number);
  const RankText& text = graph_.texts_[text_number];
  const std::uint32_t actor = graph_.parts_[number].actor;
  graph_.parts_[number].text = text_number;
  graph_.actors_[actor].does.append(text.does);
  const Op* op = nullptr;
  RankText::Place place;
  for (const RankText::Name& name : text.names) {
    if (op == nullptr || place != name.place) op = &fetch(number, place = name.place);
    if (name.naming == RankText::Naming::call) {
      play_call(number, name, *op);
      op = nullptr;
    } else if (name.naming == RankText::Naming::wait) {
      await(number, *op->waits[name.index].rank);
    } else {
      take_line(number, name, *op);
    }
  }
  Bytes& sent = graph_.parts_[number].sent;
  for (const RankText::Name& name : text.names) sent += name.sent;
  for (const std::uint32_t called : graph_.parts_[number].calls) sent += graph_.parts_[called].sent;
}

void ProgramWalk::play_call(std::uint32_t caller, const RankText::Name& name, const Op& op) {
  const RankId member = op.member;
  const std::uint32_t scene = scene_of(graph_.parts_[caller].scene, op.collective).number;
  const std::uint32_t actor = graph_.parts_[caller].actor;
  const std::uint32_t part = add_part({.actor = actor, .scene = scene, .rank = member, .caller = caller});
  graph_.parts_[caller].calls.push_back(part);
  graph_.actors_[actor].does.append(std::uint64_t{graph_.parts_[part].number});
  check_order(caller, name, scene);
  play(part);
}

void ProgramWalk::check_order(std::uint32_t part, const RankText::Name& name, std::uint32_t scene) {
  Order& order = orders_[scene];
  const Part& own = graph_.parts_[part];
  const std::optional<std::uint64_t> stated = graph_.scenes_[own.scene].program->text(own.rank);
  if (stated && std::ranges::find(order.agreed_texts, *stated) != order.agreed_texts.end()) return;
  if (order.first == Line::nobody) {
    order.first = part;
    order.called = name.index;
    graph_.scenes_[scene].runs = name.runs;
  } else {
    graph_.is_orderly_ =
        graph_.is_orderly_ && order_of_calls(part, name.index) == order_of_calls(order.first, order.called);
  }
  if (stated) order.agreed_texts.push_back(*stated);
}

Fingerprint ProgramWalk::order_of_calls(std::uint32_t part, std::uint32_t called) {
  Fingerprint order;
  for (const RankText::Call& call : graph_.text(graph_.parts_[part]).calls) {
    if (call.called == called) order.append(fetch(part, call.place).collective);
  }
  return order;
}

void ProgramWalk::await(std::uint32_t number, RankId whom) {
  const Part& part = graph_.parts_[number];
  const std::uint32_t awaited = graph_.scenes_[part.scene].part_of[whom.value()];
  graph_.actors_[part.actor].waits_for.push_back(graph_.parts_[awaited].actor);
}

void ProgramWalk::take_line(std::uint32_t number, const RankText::Name& name, const Op& op) {
  const Part& part = graph_.parts_[number];
  if (name.naming == RankText::Naming::receive) {
    const workloads::Receive& receive = op.receives[name.index];
    return open_port(graph_.lines_[find_line({part.scene, receive.peer, part.rank, receive.tag})].receiver, number);
  }
  const workloads::Send& send = op.sends[name.index];
  Line& line = graph_.lines_[find_line({part.scene, part.rank, send.peer, send.tag})];
  line.bytes = name.sent;
  open_port(line.sender, number);
}

std::uint32_t ProgramWalk::find_line(const LineKey& key) {
  const auto [known, is_new] = known_lines_.try_emplace(key, static_cast<std::uint32_t>(graph_.lines_.size()));
  if (is_new) graph_.lines_.push_back({.tag = key.tag});
  return known->second;
}

void ProgramWalk::open_port(Line::End& end, std::uint32_t part) {
  end = {.part = part, .port = graph_.actors_[graph_.parts_[part].actor].ports++};
}

void ProgramWalk::count_bytes() {
  const auto runs_of = [&](std::uint32_t scene) -> const std::vector<RankText::Runs>& {
    while (graph_.scenes_[scene].depth > 1) scene = graph_.scenes_[scene].caller;
    return graph_.scenes_[scene].runs;
  };
  for (const Part& part : graph_.parts_) {
    const Scene& scene = graph_.scenes_[part.scene];
    const std::vector<Bytes>& own = graph_.text(part).bytes_of_phase;
    for (std::uint16_t phase = 0; phase < own.size() && scene.depth == 0; ++phase) count(scene.job, phase, own[phase]);
    // What a job's own parts call, and agents, whom nobody calls.
    const bool is_called = graph_.parts_[part.caller].scene != part.scene;
    const bool is_of_job = is_called && graph_.scenes_[graph_.parts_[part.caller].scene].depth == 0;
    const bool is_agent = !is_called && scene.depth > 0;
    if (!(is_of_job || is_agent) || !(part.sent > Bytes(0))) continue;
    for (const RankText::Runs& runs : runs_of(part.scene)) count(scene.job, runs.phase, part.sent * double(runs.count));
  }
  for (Line& line : graph_.lines_) {
    if (line.sender.part == Line::nobody) continue;
    const std::uint32_t scene = graph_.parts_[line.sender.part].scene;
    double times = 0;
    for (const RankText::Runs& runs : runs_of(scene)) times += runs.count;
    if (graph_.scenes_[scene].depth > 0) line.bytes *= times;
  }
}

void ProgramWalk::count(std::uint32_t job, std::uint16_t phase, Bytes bytes) {
  std::vector<Bytes>& of_job = graph_.bytes_of_phase_[job];
  if (phase >= of_job.size()) of_job.resize(phase + std::size_t{1});
  of_job[phase] += bytes;
}

}  // namespace lockstep::sim
