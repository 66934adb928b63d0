// Other people's traffic on the links of the fleet.
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "sim/perturbations/kinds.hpp"
#include "sim/perturbations/targets.hpp"

namespace lockstep::sim {
namespace {

using topology::ChannelId;
using topology::Fleet;
using topology::LinkId;

constexpr Seconds never(std::numeric_limits<double>::infinity());

// When it is there: always within a window, or again and again at random.
struct Times {
  SpeedWindow within;
  std::optional<RandomWindows> windows = {};

  ProfilePointer slow(double speed, const RandomStream& stream) const {
    return windows ? slow_at_random(speed, *windows, within, stream) : slow_within(speed, within);
  }
};

Times read_times(const JsonFields& fields) {
  if (!fields.has("every") && !fields.has("lasts")) return {.within = read_window(fields)};
  const RandomTimes times = read_random_times(fields);
  return {.within = times.within, .windows = times.windows};
}

using Way = std::vector<LinkId>;

// Where it goes: over single links, or from one vertex to another along the fleet's route.
class Ways {
 public:
  static Ways read(const JsonFields& fields, const Fleet& fleet) {
    Ways ways;
    if (!fields.has("between")) {
      ways.targets_ = LinkTargets::read(fields, fleet);
      ways.link_of_.resize(fleet.channels().size());
      for (std::size_t link = fleet.links().size(); link-- > 0;) {
        ways.link_of_[fleet.links()[link].channel.value()] = LinkId(link);
      }
      return ways;
    }
    for (const char* key : {"links", "fraction"}) {
      if (fields.has(key)) fields.fail(key, "\"between\" says already where the traffic goes");
    }
    const Json& stated = fields.required_raw("between");
    if (!stated.is_array() || stated.empty()) wrong_kind(stated, fields.where("between"), "a list of pairs of names");
    for (const Json& pair : stated) ways.routes_.push_back(route(pair, fields.where("between"), fleet));
    return ways;
  }

  std::vector<Way> of_run(const RunDraws& draws) const {
    if (!targets_) return routes_;
    std::vector<Way> ways;
    for (const ChannelId channel : targets_->of_run(draws)) ways.push_back({link_of_[channel.value()]});
    return ways;
  }
  bool are_drawn() const { return targets_ && targets_->are_drawn(); }
  // All that may be drawn.
  std::vector<Way> all() const {
    if (!targets_) return routes_;
    std::vector<Way> ways;
    for (const ChannelId channel : targets_->all()) ways.push_back({link_of_[channel.value()]});
    return ways;
  }

 private:
  static Way route(const Json& pair, const std::string& where, const Fleet& fleet) {
    if (!pair.is_array() || pair.size() != 2) wrong_kind(pair, where, "a pair of names, as in [\"d0\", \"d5\"]");
    std::vector<topology::VertexId> ends;
    for (const Json& end : pair) {
      const auto name = read_value<std::string>(end, where);
      const auto vertex = fleet.find_vertex(name);
      if (!vertex) {
        throw InputError({.where = where,
                          .problem = "the fleet has no vertex '" + excerpt(name) + "'",
                          .suggestion = "vertices are called like '" + fleet.vertices().front().name + "'"});
      }
      ends.push_back(*vertex);
    }
    if (ends[0] == ends[1]) throw InputError({.where = where, .problem = "a pair needs two different ends"});
    return fleet.route(ends[0], ends[1], 0);
  }

  std::optional<LinkTargets> targets_;
  std::vector<LinkId> link_of_;  // of each channel
  std::vector<Way> routes_;
};

// Always more to send than the links carry: it takes what max-min fairness leaves it.
class CompetingFlows final : public Perturbation {
 public:
  CompetingFlows(Ways ways, Times times, std::uint32_t flows)
      : ways_(std::move(ways)), times_(std::move(times)), flows_(flows) {}
  void disturb(Conditions& conditions, const RunDraws& draws) const override {
    const bool is_always = !times_.windows && times_.within.from == Seconds(0) && times_.within.until == never;
    for (Way& way : ways_.of_run(draws)) {
      const RandomStream stream = draws.stream("times", way.front().value(), way.back().value());
      const ProfilePointer quiet = is_always ? nullptr : times_.slow(0, stream);
      conditions.add_traffic({.links = std::move(way), .flows = flows_, .quiet = quiet});
    }
  }
  bool is_random() const override { return ways_.are_drawn() || times_.windows; }

 private:
  Ways ways_;
  Times times_;
  std::uint32_t flows_;
};

// Takes its rate, and leaves the rest.
class StatedRate final : public Perturbation {
 public:
  StatedRate(Ways ways, Times times, std::vector<double> left)
      : ways_(std::move(ways)), times_(std::move(times)), left_(std::move(left)) {}
  void disturb(Conditions& conditions, const RunDraws& draws) const override {
    for (const Way& way : ways_.of_run(draws)) {
      const RandomStream stream = draws.stream("times", way.front().value(), way.back().value());
      for (const LinkId link : way) {
        const ChannelId channel = channel_of_[link.value()];
        conditions.disturb_channel(channel, times_.slow(left_[channel.value()], stream));
      }
    }
  }
  bool is_random() const override { return ways_.are_drawn() || times_.windows; }
  void know(const Fleet& fleet) {
    for (const topology::Link& link : fleet.links()) channel_of_.push_back(link.channel);
  }

 private:
  Ways ways_;
  Times times_;
  std::vector<double> left_;  // of each channel, while it is there
  std::vector<ChannelId> channel_of_;
};

// What the rate leaves of each channel. Throws InputError where that is nothing.
std::vector<double> left_of_channels(const JsonFields& fields, const Ways& ways, const Fleet& fleet) {
  const auto rate = fields.required<Bandwidth>("rate");
  if (!(rate > Bandwidth(0))) fields.fail("rate", "must be positive");
  std::vector<double> left(fleet.channels().size(), 1);
  for (const Way& way : ways.all()) {
    for (const LinkId link : way) {
      const Bandwidth bandwidth = fleet.channel_of(link).bandwidth;
      if (!(rate < bandwidth)) {
        fields.fail("rate",
                    "link " + fleet.link_name(link) + " carries no more than " + to_text(bandwidth) +
                        ", so that nothing would be left of it",
                    "\"flows\": 1 shares the link fairly instead");
      }
      left[fleet.link(link).channel.value()] = 1 - rate / bandwidth;
    }
  }
  return left;
}

}  // namespace

std::unique_ptr<Perturbation> read_background_traffic(const JsonFields& fields, const PerturbationGround& ground) {
  constexpr std::int64_t most_flows = 1000;
  Ways ways = Ways::read(fields, ground.fleet);
  Times times = read_times(fields);
  if (fields.has("rate") == fields.has("flows")) {
    fields.fail(fields.has("rate") ? "rate" : "",
                "background traffic has either a \"rate\", which it takes from its links, or so many \"flows\", "
                "which compete for them");
  }
  if (fields.has("flows")) {
    const auto flows = static_cast<std::uint32_t>(fields.count("flows", 1, most_flows));
    return std::make_unique<CompetingFlows>(std::move(ways), std::move(times), flows);
  }
  std::vector<double> left = left_of_channels(fields, ways, ground.fleet);
  auto traffic = std::make_unique<StatedRate>(std::move(ways), std::move(times), std::move(left));
  traffic->know(ground.fleet);
  return traffic;
}

}  // namespace lockstep::sim
