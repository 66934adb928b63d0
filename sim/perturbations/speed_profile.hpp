#pragma once

#include <memory>
#include <vector>

#include "base/distribution.hpp"
#include "base/quantity.hpp"
#include "base/random_stream.hpp"

// How fast a device or a link goes as time passes. Profiles are functions of time, so that what is under way can be
// finished exactly, however often the speed changes meanwhile, and nothing has to happen when nobody is concerned.
namespace lockstep::sim {

// A share of the full speed, up to the next change; then infinite where there is none.
struct Pace {
  double speed = 1;
  Seconds until;
};

class SpeedProfile {
 public:
  virtual ~SpeedProfile() = default;
  // From that time on. Requires time >= 0.
  virtual Pace at(Seconds time) const = 0;
};
using ProfilePointer = std::shared_ptr<const SpeedProfile>;

// A time in which the speed is another.
struct SpeedWindow {
  Seconds from;
  Seconds until;
};

ProfilePointer slow_within(double speed, const SpeedWindow& window);
// The same again and again, every `period`, which must be longer than the window.
ProfilePointer slow_again(double speed, const SpeedWindow& first, Seconds period);
// At random: after a gap each, for a while each, drawn from `stream`, all of it within `window`.
struct RandomWindows {
  Distribution gap;
  Distribution lasts;
};
ProfilePointer slow_at_random(double speed, const RandomWindows& windows, const SpeedWindow& within,
                              const RandomStream& stream);
// Changes at stated times, which increase; full speed before the first. After `period`, if it is not infinite, they
// come again, and what the last one said holds until then.
struct SpeedChange {
  Seconds at;
  double speed = 1;
};
ProfilePointer recorded_speed(std::vector<SpeedChange> changes, Seconds period);
// Drawn anew every so often: a factor of 2 is half the speed. No factor may come out as 0.
ProfilePointer slow_by_draws(Distribution factor, Seconds every, const RandomStream& stream);
// What the profile says within the window, and full speed outside.
ProfilePointer within(ProfilePointer profile, const SpeedWindow& window);
// Speeds multiply. Either may be null.
ProfilePointer both(ProfilePointer a, ProfilePointer b);

// When something that takes `work` at full speed is done; infinite where it never is. Throws SimulationError where the
// speed changes without an end and nothing gets done.
Seconds finish(const SpeedProfile& profile, Seconds start, Seconds work);
// What is done between two times, as time at full speed.
Seconds work_between(const SpeedProfile& profile, Seconds from, Seconds until);

}  // namespace lockstep::sim
