#include "sim/symmetry/steady_scenes.hpp"

#include <algorithm>
#include <optional>

namespace lockstep::sim {

using workloads::StreamId;

namespace {

class SteadySearch {
 public:
  explicit SteadySearch(const FoldingGround& ground)
      : ground_(ground), graph_(ground.cast.graph()), users_(ground.cast.partition().channels.first.size()) {
    for (const std::uint32_t line : ground_.cast.lines()) use_channels(line);
  }

  bool is_steady(std::uint32_t scene_class) const {
    const std::vector<std::uint32_t>& parts = ground_.cast.parts(scene_class);
    if (parts.size() != 1 || ground_.cast.first_agent(scene_class) == 0) return false;
    const Part& part = ground_.cast.part(parts.front());
    return graph_.scenes()[part.scene].depth == 1 && graph_.text(part).only_exchanges;
  }

  // Takes the word back where lines of a scene have channels that others use meanwhile.
  void strike(std::vector<bool>& is_steady) const {
    for (const std::uint32_t number : ground_.cast.lines()) {
      const std::uint32_t scene = graph_.parts()[graph_.lines()[number].sender.part].scene;
      const bool is_alone =
          std::ranges::all_of(links_of(number), [&](topology::LinkId link) { return is_quiet(link, user_of(number)); });
      if (!is_alone) is_steady[ground_.cast.partition().scenes.of[scene]] = false;
    }
  }

 private:
  // A stream of an actor's job, which does one thing at a time.
  struct User {
    std::uint32_t actor = 0;
    StreamId stream;
    friend bool operator==(const User&, const User&) = default;
  };
  struct Users {
    std::optional<User> first;
    bool are_several = false;
  };

  std::span<const topology::LinkId> links_of(std::uint32_t line) const {
    return ground_.routes.links(ground_.of_lines[line]);
  }
  topology::ChannelId channel(topology::LinkId link) const { return ground_.routes.fleet().link(link).channel; }

  std::uint32_t depth(std::uint32_t part) const { return graph_.scenes()[graph_.parts()[part].scene].depth; }

  // None where several streams send over the line, or the job itself does, or an agent.
  std::optional<User> user_of(std::uint32_t line) const {
    const std::vector<Part>& parts = graph_.parts();
    std::uint32_t called = graph_.lines()[line].sender.part;
    while (depth(called) > 1 && parts[called].caller != called) called = parts[called].caller;
    if (depth(called) != 1 || parts[called].caller == called) return std::nullopt;
    const Part& caller = parts[parts[called].caller];
    const auto place = static_cast<std::uint32_t>(std::ranges::find(caller.calls, called) - caller.calls.begin());
    for (const RankText::Name& name : graph_.text(caller).names) {
      if (name.naming != RankText::Naming::call || name.index != place) continue;
      if (!name.in_one_stream) return std::nullopt;
      return User{caller.actor, name.place.stream};
    }
    return std::nullopt;
  }

  void use_channels(std::uint32_t line) {
    const std::optional<User> user = user_of(line);
    for (const topology::LinkId link : links_of(line)) {
      Users& users = users_[ground_.cast.partition().channels.of[channel(link).value()]];
      if (!user || (users.first && users.first != user)) users.are_several = true;
      users.first = user;
    }
  }

  bool is_quiet(topology::LinkId link, const std::optional<User>& user) const {
    const topology::ChannelId id = channel(link);
    const Conditions* conditions = ground_.routes.conditions();
    if (conditions != nullptr && conditions->disturbs(id)) return false;
    const bool is_shared = ground_.shares && ground_.routes.fleet().channel(id).sharing == topology::Sharing::shared;
    return user && (!is_shared || !users_[ground_.cast.partition().channels.of[id.value()]].are_several);
  }

  const FoldingGround& ground_;
  const ProgramGraph& graph_;
  std::vector<Users> users_;  // of each class of channels
};

}  // namespace

std::vector<bool> steady_scenes(const FoldingGround& ground, std::span<const Job> jobs) {
  const SteadySearch search(ground);
  const Classes& scenes = ground.cast.partition().scenes;
  std::vector<bool> is_steady(scenes.first.size());
  for (std::uint32_t number = 0; number < is_steady.size(); ++number) {
    const Scene& scene = ground.cast.graph().scenes()[scenes.first[number]];
    // A rank that combines what came in may be busy with what came in elsewhere.
    is_steady[number] = !jobs[scene.job].reduction_rate && search.is_steady(number);
  }
  search.strike(is_steady);
  return is_steady;
}

}  // namespace lockstep::sim
