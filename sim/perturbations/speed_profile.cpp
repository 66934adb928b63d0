#include "sim/perturbations/speed_profile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/contract.hpp"
#include "base/error.hpp"

namespace lockstep::sim {
namespace {

constexpr Seconds never(std::numeric_limits<double>::infinity());

// More changes than any simulation sees before something is done.
constexpr std::uint64_t most_changes = 100'000'000;

class Window final : public SpeedProfile {
 public:
  Window(double speed, const SpeedWindow& window) : speed_(speed), window_(window) {}
  Pace at(Seconds time) const override {
    if (time < window_.from) return {1, window_.from};
    if (time < window_.until) return {speed_, window_.until};
    return {1, never};
  }

 private:
  double speed_;
  SpeedWindow window_;
};

class Repeated final : public SpeedProfile {
 public:
  Repeated(double speed, const SpeedWindow& first, Seconds period) : speed_(speed), first_(first), period_(period) {
    LOCKSTEP_REQUIRE(first.until - first.from < period);
  }
  Pace at(Seconds time) const override {
    if (time < first_.from) return {1, first_.from};
    // Rounding must not put a change at a time that has come already.
    double round = std::max(0.0, std::floor((time - first_.from) / period_));
    while (begin(round + 1) <= time) ++round;
    while (round > 0 && begin(round) > time) --round;
    const Seconds end = first_.until + round * period_;
    return time < end ? Pace{speed_, end} : Pace{1, begin(round + 1)};
  }

 private:
  Seconds begin(double round) const { return first_.from + round * period_; }

  double speed_;
  SpeedWindow first_;
  Seconds period_;
};

// Windows are drawn as time gets there; those that were drawn are kept, since several ask for them.
class AtRandom final : public SpeedProfile {
 public:
  AtRandom(double speed, RandomWindows windows, const SpeedWindow& within, const RandomStream& stream)
      : speed_(speed), windows_(std::move(windows)), within_(within), stream_(stream), drawn_until_(within.from) {}

  Pace at(Seconds time) const override {
    if (time >= within_.until) return {1, never};
    while (drawn_until_ <= time && drawn_until_ < within_.until) draw();
    const auto next = std::upper_bound(drawn_.begin(), drawn_.end(), time,
                                       [](Seconds at, const SpeedWindow& window) { return at < window.until; });
    if (next == drawn_.end()) return {1, std::min(drawn_until_, within_.until)};
    return time < next->from ? Pace{1, next->from} : Pace{speed_, next->until};
  }

 private:
  void draw() const {
    LOCKSTEP_REQUIRE(drawn_.size() < most_changes);
    const Seconds from = drawn_until_ + Seconds(windows_.gap.sample(stream_));
    const Seconds until = std::min(from + Seconds(windows_.lasts.sample(stream_)), within_.until);
    // A window that is over as it begins moves time on all the same, as every gap does.
    drawn_until_ = std::max(until, std::nextafter(drawn_until_.si(), never.si()) * Seconds(1));
    if (until > from) drawn_.push_back({from, until});
  }

  double speed_;
  RandomWindows windows_;
  SpeedWindow within_;
  mutable RandomStream stream_;
  mutable Seconds drawn_until_;
  mutable std::vector<SpeedWindow> drawn_;
};

class Recorded final : public SpeedProfile {
 public:
  Recorded(std::vector<SpeedChange> changes, Seconds period) : changes_(std::move(changes)), period_(period) {
    LOCKSTEP_REQUIRE(!changes_.empty() && changes_.front().at >= Seconds(0) && changes_.back().at < period);
  }
  Pace at(Seconds time) const override {
    double round = 0;
    if (period_ < never) {
      round = std::floor(time / period_);
      while ((round + 1) * period_ <= time) ++round;
      while (round > 0 && round * period_ > time) --round;
    }
    const Seconds origin = round > 0 ? round * period_ : Seconds(0);
    const auto next = std::upper_bound(changes_.begin(), changes_.end(), time,
                                       [&](Seconds at, const SpeedChange& one) { return at < origin + one.at; });
    if (next == changes_.begin()) return {round > 0 ? changes_.back().speed : 1, origin + next->at};
    const bool is_last = next == changes_.end();
    const Seconds again = period_ < never ? (round + 1) * period_ + changes_.front().at : never;
    return {std::prev(next)->speed, is_last ? again : origin + next->at};
  }

 private:
  std::vector<SpeedChange> changes_;
  Seconds period_;
};

class Drawn final : public SpeedProfile {
 public:
  Drawn(Distribution factor, Seconds every, const RandomStream& stream)
      : factor_(std::move(factor)), every_(every), stream_(stream) {}
  Pace at(Seconds time) const override {
    double round = std::floor(time / every_);
    while ((round + 1) * every_ <= time) ++round;
    while (round > 0 && round * every_ > time) --round;
    LOCKSTEP_REQUIRE(round < static_cast<double>(most_changes));
    const auto number = static_cast<std::size_t>(round);
    while (speeds_.size() <= number) speeds_.push_back(1 / factor_.sample(stream_));
    return {speeds_[number], (round + 1) * every_};
  }

 private:
  Distribution factor_;
  Seconds every_;
  mutable RandomStream stream_;
  mutable std::vector<double> speeds_;
};

class Within final : public SpeedProfile {
 public:
  Within(ProfilePointer profile, const SpeedWindow& window) : profile_(std::move(profile)), window_(window) {}
  Pace at(Seconds time) const override {
    if (time < window_.from) return {1, window_.from};
    if (time >= window_.until) return {1, never};
    Pace pace = profile_->at(time);
    pace.until = std::min(pace.until, window_.until);
    return pace;
  }

 private:
  ProfilePointer profile_;
  SpeedWindow window_;
};

class Both final : public SpeedProfile {
 public:
  Both(ProfilePointer a, ProfilePointer b) : a_(std::move(a)), b_(std::move(b)) {}
  Pace at(Seconds time) const override {
    const Pace a = a_->at(time);
    const Pace b = b_->at(time);
    return {a.speed * b.speed, std::min(a.until, b.until)};
  }

 private:
  ProfilePointer a_;
  ProfilePointer b_;
};

}  // namespace

ProfilePointer slow_within(double speed, const SpeedWindow& window) {
  return std::make_shared<Window>(speed, window);
}

ProfilePointer slow_again(double speed, const SpeedWindow& first, Seconds period) {
  return std::make_shared<Repeated>(speed, first, period);
}

ProfilePointer slow_at_random(double speed, const RandomWindows& windows, const SpeedWindow& within,
                              const RandomStream& stream) {
  return std::make_shared<AtRandom>(speed, windows, within, stream);
}

ProfilePointer recorded_speed(std::vector<SpeedChange> changes, Seconds period) {
  return std::make_shared<Recorded>(std::move(changes), period);
}

ProfilePointer slow_by_draws(Distribution factor, Seconds every, const RandomStream& stream) {
  return std::make_shared<Drawn>(std::move(factor), every, stream);
}

ProfilePointer within(ProfilePointer profile, const SpeedWindow& window) {
  return std::make_shared<Within>(std::move(profile), window);
}

ProfilePointer both(ProfilePointer a, ProfilePointer b) {
  if (a == nullptr) return b;
  if (b == nullptr) return a;
  return std::make_shared<Both>(std::move(a), std::move(b));
}

Seconds finish(const SpeedProfile& profile, Seconds start, Seconds work) {
  Seconds at = start;
  for (std::uint64_t change = 0; change < most_changes; ++change) {
    const Pace pace = profile.at(at);
    if (pace.speed > 0) {
      const Seconds end = at + work / pace.speed;
      if (end <= pace.until) return end;
    } else if (!(pace.until < never)) {
      return never;
    }
    work = std::max(Seconds(0), work - (pace.until - at) * pace.speed);
    at = pace.until;
  }
  throw SimulationError("a perturbation changes speeds without an end, and nothing gets done");
}

Seconds work_between(const SpeedProfile& profile, Seconds from, Seconds until) {
  Seconds work;
  for (Seconds at = from; at < until;) {
    const Pace pace = profile.at(at);
    const Seconds end = std::min(pace.until, until);
    work += (end - at) * pace.speed;
    at = end;
  }
  return work;
}

}  // namespace lockstep::sim
