#include "sim/symmetry/partition.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <map>

#include "sim/symmetry/colour_refinement.hpp"

namespace lockstep::sim {

using topology::ChannelId;
using topology::VertexId;

namespace {

enum class Relation : std::uint8_t {
  sends_to,
  receives_from,
  crosses,
  is_crossed,
  stands_on,
  carries,
  plays,
  is_played,
  awaits
};

std::uint64_t label(Relation relation, std::uint64_t a = 0, std::uint64_t b = 0) {
  return static_cast<std::uint64_t>(relation) << 60 | a << 30 | b;
}

// How a speed changes, piece by piece. Whoever goes on changing for long is like nobody else.
struct Course {
  std::vector<std::pair<double, double>> pieces;  // speed, and until when
  const SpeedProfile* endless = nullptr;
  friend auto operator<=>(const Course&, const Course&) = default;
};

Course course_of(const SpeedProfile& profile) {
  constexpr std::size_t most_pieces = 1000;
  Course course;
  for (Seconds time; course.pieces.size() < most_pieces;) {
    const Pace pace = profile.at(time);
    if (course.pieces.empty() || course.pieces.back().first != pace.speed) course.pieces.emplace_back(pace.speed, 0);
    course.pieces.back().second = pace.until.si();
    if (std::isinf(pace.until.si())) return course;
    time = pace.until;
  }
  return {.pieces = {}, .endless = &profile};
}

class Partitioner {
 public:
  Partitioner(const ProgramGraph& graph, const PartitionGround& ground)
      : graph_(graph),
        ground_(ground),
        fleet_(ground.routes.fleet()),
        vertex_(count(graph.actors().size())),
        channel_(vertex_ + count(fleet_.vertices().size())),
        scene_(channel_ + count(fleet_.channels().size())),
        seats_(fleet_.vertices().size()) {}

  Partition run() {
    colour_vertices();
    colour_channels();
    colour_actors();
    colour_scenes();
    see_lines();
    const std::vector<std::uint32_t> classes = refine_colours(colours_, sights_);
    return {.actors = cut(classes, 0, vertex_),
            .vertices = cut(classes, vertex_, channel_),
            .channels = cut(classes, channel_, scene_),
            .scenes = cut(classes, scene_, count(classes.size()))};
  }

 private:
  using Look = std::array<std::uint64_t, 5>;
  enum class Kind : std::uint8_t { actor, vertex, channel, scene };

  static std::uint32_t count(std::size_t number) { return static_cast<std::uint32_t>(number); }

  void see(std::uint32_t from, std::uint32_t to, std::uint64_t label) {
    sights_.push_back({.from = from, .to = to, .label = label});
  }

  std::uint32_t colour_of(Kind kind, Look look) {
    look[0] = look[0] << 2 | static_cast<std::uint64_t>(kind);
    return known_.try_emplace(look, count(known_.size())).first->second;
  }

  // One number for each course that speeds take; 0 for none.
  std::uint64_t number_of(const SpeedProfile* profile) {
    if (profile == nullptr) return 0;
    const auto [known, is_new] = profiles_.try_emplace(profile);
    if (is_new) known->second = courses_.try_emplace(course_of(*profile), courses_.size() + 1).first->second;
    return known->second;
  }
  const SpeedProfile* profile_of(VertexId vertex) const {
    return ground_.routes.conditions() == nullptr ? nullptr : ground_.routes.conditions()->of_device(vertex);
  }

  void colour_vertices() {
    colours_.resize(scene_ + graph_.scenes().size());
    for (std::uint32_t number = 0; number < fleet_.vertices().size(); ++number) {
      const topology::Vertex& vertex = fleet_.vertex(VertexId(number));
      colours_[vertex_ + number] = colour_of(
          Kind::vertex,
          {static_cast<std::uint64_t>(vertex.kind), vertex.model.value(), number_of(profile_of(VertexId(number)))});
    }
  }

  // Channels that others have traffic on stay apart.
  void colour_channels() {
    const Conditions* conditions = ground_.routes.conditions();
    for (std::uint32_t number = 0; number < fleet_.channels().size(); ++number) {
      const ChannelId id(number);
      const topology::Channel& channel = fleet_.channel(id);
      Look look = {static_cast<std::uint64_t>(channel.sharing), std::bit_cast<std::uint64_t>(channel.bandwidth.si()),
                   std::bit_cast<std::uint64_t>(channel.latency.si())};
      if (conditions != nullptr) {
        look[3] = number_of(conditions->of_channel(id));
        if (!conditions->traffic_on(id).empty()) look[4] = number + std::uint64_t{1};
      }
      colours_[channel_ + number] = colour_of(Kind::channel, look);
    }
  }

  // Actors that share a vertex take turns there, so they are told apart.
  void colour_actors() {
    for (std::uint32_t number = 0; number < graph_.actors().size(); ++number) {
      const Actor& actor = graph_.actors()[number];
      const std::uint64_t seat = seats_[actor.vertex.value()]++;
      colours_[number] = colour_of(Kind::actor, {std::uint64_t{actor.job} << 1 | (actor.is_agent ? 1 : 0),
                                                 actor.does.high, actor.does.low, seat});
      see(vertex_ + actor.vertex.value(), number, label(Relation::stands_on));
      see(number, vertex_ + actor.vertex.value(), label(Relation::carries, seat));
      for (std::uint64_t i = 0; i < actor.waits_for.size(); ++i) {
        see(actor.waits_for[i], number, label(Relation::awaits, i));
      }
    }
  }

  // A job's own scene is one of a kind, and nothing is learnt by looking at it.
  void colour_scenes() {
    for (std::uint32_t number = 0; number < graph_.scenes().size(); ++number) {
      const Scene& scene = graph_.scenes()[number];
      const std::uint64_t job = scene.depth == 0 ? scene.job + std::uint64_t{1} : 0;
      colours_[scene_ + number] = colour_of(Kind::scene, {job});
      if (scene.depth == 0) continue;
      for (const std::uint32_t part : scene.part_of) {
        if (part == Line::nobody) continue;
        see(graph_.parts()[part].actor, scene_ + number, label(Relation::is_played, graph_.parts()[part].number));
        see(scene_ + number, graph_.parts()[part].actor, label(Relation::plays, graph_.parts()[part].number));
      }
    }
  }

  void see_lines() {
    for (std::size_t number = 0; number < graph_.lines().size(); ++number) {
      const Line& line = graph_.lines()[number];
      const std::uint32_t sender = graph_.parts()[line.sender.part].actor;
      const std::uint32_t receiver = graph_.parts()[line.receiver.part].actor;
      see(receiver, sender, label(Relation::sends_to, line.sender.port, line.receiver.port));
      see(sender, receiver, label(Relation::receives_from, line.receiver.port, line.sender.port));
      for (const topology::LinkId link : ground_.routes.links(ground_.of_lines[number])) {
        const std::uint32_t channel = channel_ + fleet_.link(link).channel.value();
        see(channel, sender, label(Relation::crosses, line.sender.port));
        if (ground_.shares) see(sender, channel, label(Relation::is_crossed, line.sender.port));
      }
    }
  }

  static Classes cut(const std::vector<std::uint32_t>& classes, std::uint32_t begin, std::uint32_t end) {
    Classes own;
    std::map<std::uint32_t, std::uint32_t> numbers;
    for (std::uint32_t node = begin; node < end; ++node) {
      const auto [known, is_new] = numbers.try_emplace(classes[node], count(own.first.size()));
      if (is_new) {
        own.first.push_back(node - begin);
        own.sizes.push_back(0);
      }
      ++own.sizes[known->second];
      own.of.push_back(known->second);
    }
    return own;
  }

  const ProgramGraph& graph_;
  const PartitionGround& ground_;
  const topology::Fleet& fleet_;
  // The first node of each kind; actors come first.
  std::uint32_t vertex_;
  std::uint32_t channel_;
  std::uint32_t scene_;
  std::vector<std::uint64_t> seats_;  // that are taken on each vertex
  std::map<Look, std::uint32_t> known_;
  std::map<const SpeedProfile*, std::uint64_t> profiles_;
  std::map<Course, std::uint64_t> courses_;
  std::vector<std::uint32_t> colours_;
  std::vector<Sight> sights_;
};

}  // namespace

std::vector<RouteId> routes_of(const ProgramGraph& graph, RouteTable& routes) {
  std::vector<RouteId> of_lines;
  of_lines.reserve(graph.lines().size());
  for (const Line& line : graph.lines()) {
    of_lines.push_back(routes.find(graph.actor(line.sender).vertex, graph.actor(line.receiver).vertex, line.tag));
  }
  return of_lines;
}

Partition partition(const ProgramGraph& graph, const PartitionGround& ground) {
  return Partitioner(graph, ground).run();
}

}  // namespace lockstep::sim
