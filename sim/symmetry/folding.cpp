#include "sim/symmetry/folding.hpp"

#include "sim/engines/fluid_network.hpp"
#include "sim/symmetry/folded_fleet.hpp"
#include "sim/symmetry/folded_program.hpp"
#include "sim/symmetry/steady_scenes.hpp"

namespace lockstep::sim {

std::optional<std::string> Folding::obstacle(const Subject& subject) {
  if (!subject.options.fold) return "engine.fold is false";
  if (subject.options.network == "ports") {
    return "ports serve messages that come at once in some order, which makes equal ranks unequal";
  }
  if (subject.conditions != nullptr && subject.conditions->draws_work()) {
    return "what computations take is drawn one by one, so no two ranks are equal";
  }
  return std::nullopt;
}

Folding::Folding(const Subject& subject, double most_left) : routes_(subject.fleet, subject.conditions) {
  const std::vector<Job> jobs = apart(subject);
  ProgramGraph graph(jobs);
  if (!graph.is_orderly()) graph = ProgramGraph(jobs, ProgramGraph::Repeats::apart);
  actors_ = classes_ = graph.actors().size();
  failure_ = graph.ambiguity(jobs);
  if (failure_) return;
  of_lines_ = routes_of(graph, routes_);
  const bool shares = subject.options.network == "fluid";
  // Whoever is wrong is named as the user knows it.
  if (shares) require_bandwidths(routes_);
  Partition classes = partition(graph, {.routes = routes_, .of_lines = of_lines_, .shares = shares});
  classes_ = classes.actors.first.size();
  if (static_cast<double>(classes_) > most_left * static_cast<double>(actors_)) {
    failure_ = "hardly any two ranks are equal";
    return;
  }
  cast_ = std::make_shared<const Cast>(std::move(graph), std::move(classes));
  const FoldingGround ground{.cast = *cast_, .routes = routes_, .of_lines = of_lines_, .shares = shares};
  fleet_.emplace(folded_fleet(ground));
  is_steady_ = std::make_shared<const std::vector<bool>>(steady_scenes(ground, jobs));
  if (subject.conditions != nullptr) conditions_.emplace(folded_conditions(ground, *fleet_));
  fold_jobs(subject.jobs);
}

// Steps of the same do the same on the same devices, so one of them is looked at for all.
std::vector<Job> Folding::apart(const Subject& subject) {
  const bool is_hot = subject.conditions != nullptr && subject.conditions->expert_heat() > 1;
  std::vector<Job> hot;
  if (is_hot) hot = with_hot_experts(subject.jobs, subject.conditions->expert_heat());
  const std::span<const Job> jobs = is_hot ? hot : subject.jobs;
  std::vector<Job> firsts;
  for (const Job& job : jobs) {
    if (job.follows && job.program == jobs[*job.follows].program && job.placement == jobs[*job.follows].placement) {
      like_.push_back(like_[*job.follows]);
      ++steps_of_[like_.back()];
      continue;
    }
    like_.push_back(static_cast<std::uint32_t>(firsts.size()));
    steps_of_.push_back(1);
    firsts.push_back(job);
  }
  return firsts;
}

// The scenes of jobs come first, so that the n-th class of scenes is job n's.
void Folding::fold_jobs(std::span<const Job> jobs) {
  std::vector<std::shared_ptr<const workloads::StepProgram>> programs;
  for (std::uint32_t first = 0; first < steps_of_.size(); ++first) {
    programs.push_back(std::make_shared<FoldedProgram>(cast_, is_steady_, first));
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const std::uint32_t number = like_[i];
    Job job = jobs[i];
    job.program = programs[number];
    job.placement.clear();
    for (std::uint32_t rank = 0; rank < job.program->first_agent(); ++rank) {
      const Actor& actor = cast_->actor(cast_->part(cast_->parts(number)[rank]));
      job.placement.emplace_back(cast_->partition().vertices.of[actor.vertex.value()]);
    }
    jobs_.push_back(std::move(job));
  }
}

Timeline Folding::expanded(const Timeline& folded) const {
  Timeline whole = folded;
  const ProgramGraph& graph = cast_->graph();
  for (std::uint32_t number = 0; number < whole.jobs.size(); ++number) {
    JobTimeline& job = whole.jobs[number];
    job.bytes_of_phase = graph.bytes_of_phase()[like_[number]];
    job.rank_end.clear();
    for (const std::uint32_t part : graph.scenes()[like_[number]].part_of) {
      if (graph.actors()[graph.parts()[part].actor].is_agent) continue;
      job.rank_end.push_back(folded.jobs[number].rank_end[cast_->role(part)]);
    }
  }
  std::vector<Bytes> of_routes(routes_.size());
  whole.message_bytes = {};
  for (std::size_t number = 0; number < of_lines_.size(); ++number) {
    const Bytes carried = bytes(graph.lines()[number]);
    whole.message_bytes += carried;
    of_routes[of_lines_[number].value()] += carried;
  }
  whole.link_bytes = routes_.link_bytes(of_routes);
  whole.busy.clear();
  for (const std::uint32_t vertex : cast_->partition().vertices.of) whole.busy.push_back(folded.busy[vertex]);
  return whole;
}

// In all steps.
Bytes Folding::bytes(const Line& line) const {
  return line.bytes * static_cast<double>(steps_of_[cast_->graph().actor(line.sender).job]);
}

}  // namespace lockstep::sim
