#include "sim/symmetry/folding.hpp"

#include "sim/symmetry/folded_fleet.hpp"
#include "sim/symmetry/folded_program.hpp"

namespace lockstep::sim {

std::optional<std::string> Folding::obstacle(const Subject& subject) {
  if (subject.options.network == "ports") {
    return "ports serve messages that come at once in some order, which makes equal ranks unequal";
  }
  if (subject.conditions != nullptr && subject.conditions->draws_work()) {
    return "what computations take is drawn one by one, so no two ranks are equal";
  }
  return std::nullopt;
}

Folding::Folding(const Subject& subject) : routes_(subject.fleet, subject.conditions) {
  ProgramGraph graph(subject.jobs);
  if (!graph.is_orderly()) graph = ProgramGraph(subject.jobs, ProgramGraph::Repeats::apart);
  actors_ = classes_ = graph.actors().size();
  if (graph.has_loose_ends()) return;
  of_lines_ = routes_of(graph, routes_);
  const bool shares = subject.options.network == "fluid";
  Partition classes = partition(graph, {.routes = routes_, .of_lines = of_lines_, .shares = shares});
  classes_ = classes.actors.first.size();
  cast_ = std::make_shared<const Cast>(std::move(graph), std::move(classes));
  const FoldingGround ground{.cast = *cast_, .routes = routes_, .of_lines = of_lines_, .shares = shares};
  fleet_.emplace(folded_fleet(ground));
  if (subject.conditions != nullptr) conditions_.emplace(folded_conditions(ground, *fleet_));
  fold_jobs(subject.jobs);
}

// The scenes of jobs come first, so that the n-th class of scenes is job n's.
void Folding::fold_jobs(std::span<const Job> jobs) {
  for (std::uint32_t number = 0; number < jobs.size(); ++number) {
    Job job = jobs[number];
    job.program = std::make_shared<FoldedProgram>(cast_, number);
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
    job.bytes_of_phase = graph.bytes_of_phase()[number];
    job.rank_end.clear();
    for (const std::uint32_t part : graph.scenes()[number].part_of) {
      if (graph.actors()[graph.parts()[part].actor].is_agent) continue;
      job.rank_end.push_back(folded.jobs[number].rank_end[cast_->role(part)]);
    }
  }
  whole.message_bytes = {};
  for (const Line& line : graph.lines()) whole.message_bytes += line.bytes;
  whole.link_bytes = link_bytes();
  whole.busy.clear();
  for (const std::uint32_t vertex : cast_->partition().vertices.of) whole.busy.push_back(folded.busy[vertex]);
  return whole;
}

std::vector<Bytes> Folding::link_bytes() const {
  std::vector<Bytes> of_routes(routes_.size());
  for (std::size_t number = 0; number < of_lines_.size(); ++number) {
    of_routes[of_lines_[number].value()] += cast_->graph().lines()[number].bytes;
  }
  return routes_.link_bytes(of_routes);
}

}  // namespace lockstep::sim
