#include "workloads/schedules/pipeline_times.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/distribution.hpp"
#include "base/error.hpp"
#include "base/random_stream.hpp"
#include "base/unit_text.hpp"

namespace lockstep::workloads {
namespace {

// What one stage's share takes: always the same, one time a microbatch, or drawn.
struct StageTime {
  std::vector<Seconds> values;
  std::optional<Distribution> law;
};

class TimesReader {
 public:
  TimesReader(const JsonFields& fields, const Schedule& schedule, std::uint64_t seed)
      : fields_(fields), schedule_(schedule), seed_(seed), scale_(schedule.devices(), 1.0) {
    read_scale();
  }

  // A value for each chunk and microbatch; one for each chunk where they do not differ. Absent where not stated.
  std::optional<TimeTable> table(const std::string& key) {
    const Json* stated = fields_.raw(key);
    if (stated == nullptr) return std::nullopt;
    const std::vector<StageTime> stages = read_stages(*stated, key);
    const bool is_constant =
        std::all_of(stages.begin(), stages.end(), [](const StageTime& time) { return time.values.size() == 1; });
    std::vector<Seconds> values;
    values.reserve(std::size_t{schedule_.chunks()} * (is_constant ? 1 : schedule_.microbatches));
    for (std::uint32_t chunk = 0; chunk < schedule_.chunks(); ++chunk) {
      const std::uint32_t device = schedule_.device_of[chunk];
      for (std::uint32_t m = 0; m < (is_constant ? 1 : schedule_.microbatches); ++m) {
        values.push_back(value(stages[device], key, chunk, m) * scale_[device] / chunks_of_share(device));
      }
    }
    return is_constant ? TimeTable(std::move(values)) : TimeTable(std::move(values), schedule_.microbatches);
  }

 private:
  void read_scale() {
    std::vector<std::uint32_t> held(schedule_.devices());
    for (const std::uint32_t device : schedule_.device_of) ++held[device];
    held_ = std::move(held);
    if (!fields_.has("stage_scale")) return;
    scale_ = fields_.required<std::vector<double>>("stage_scale");
    require_one_a_stage("stage_scale", scale_.size());
    for (const double factor : scale_) {
      if (!(factor > 0) || !std::isfinite(factor)) {
        fields_.fail("stage_scale", "a stage cannot take " + shortest_text(factor) + " times as long",
                     "write factors above 0, 1.5 for half as slow again");
      }
    }
  }

  // Into how many chunks of one copy of the model a device's share is cut.
  double chunks_of_share(std::uint32_t device) const { return double(held_[device]) / schedule_.copies; }

  void require_one_a_stage(const std::string& key, std::size_t count) const {
    if (count == schedule_.devices()) return;
    fields_.fail(
        key, "there are " + std::to_string(count) + " entries for " + std::to_string(schedule_.devices()) + " stages",
        "give one entry a stage");
  }

  std::vector<StageTime> read_stages(const Json& stated, const std::string& key) const {
    const std::string where = fields_.where(key);
    if (!stated.is_array()) return std::vector<StageTime>(schedule_.devices(), read_one(stated, where));
    require_one_a_stage(key, stated.size());
    std::vector<StageTime> stages;
    for (std::size_t i = 0; i < stated.size(); ++i) {
      const std::string place = where + "[" + std::to_string(i) + "]";
      if (!stated[i].is_array()) {
        stages.push_back(read_one(stated[i], place));
        continue;
      }
      stages.push_back({read_value<std::vector<Seconds>>(stated[i], place), std::nullopt});
      if (stages.back().values.size() == schedule_.microbatches) continue;
      throw InputError({.where = place,
                        .problem = "there are " + std::to_string(stages.back().values.size()) + " times for " +
                                   std::to_string(schedule_.microbatches) + " microbatches"});
    }
    return stages;
  }

  StageTime read_one(const Json& stated, const std::string& where) const {
    if (!stated.is_object()) return {{read_value<Seconds>(stated, where)}, std::nullopt};
    const std::string prefix = fields_.file() + ": ";
    const std::string path = where.starts_with(prefix) ? where.substr(prefix.size()) : where;
    return {{}, read_distribution(JsonFields(stated, fields_.file(), path), Dimension::time)};
  }

  Seconds value(const StageTime& time, const std::string& key, std::uint32_t chunk, std::uint32_t microbatch) const {
    if (time.values.size() == 1) return time.values.front();
    if (!time.law) return time.values[microbatch];
    RandomStream random(seed_, "pipeline/" + key, {chunk, microbatch});
    return Seconds(time.law->sample(random));
  }

  const JsonFields& fields_;
  const Schedule& schedule_;
  std::uint64_t seed_;
  std::vector<double> scale_;  // of each device
  std::vector<std::uint32_t> held_;
};

// Combines two tables, element by element.
template <class Combine>
TimeTable combined(const Schedule& schedule, const TimeTable& a, const TimeTable& b, Combine combine) {
  std::vector<Seconds> values;
  values.reserve(std::size_t{schedule.chunks()} * schedule.microbatches);
  for (std::uint32_t chunk = 0; chunk < schedule.chunks(); ++chunk) {
    for (std::uint32_t m = 0; m < schedule.microbatches; ++m) values.push_back(combine(a.at(chunk, m), b.at(chunk, m)));
  }
  return {std::move(values), schedule.microbatches};
}

bool has_action(const Schedule& schedule, Action action) {
  return std::any_of(schedule.tasks.begin(), schedule.tasks.end(), [&](const auto& tasks) {
    return std::any_of(tasks.begin(), tasks.end(), [&](const Task& task) { return task.action == action; });
  });
}

// The backward and its halves, of which any two give the third.
class BackwardTimes {
 public:
  BackwardTimes(const JsonFields& fields, const Schedule& schedule, TimesReader& reader)
      : fields_(fields),
        schedule_(schedule),
        whole_(reader.table("backward")),
        input_(reader.table("backward_input")),
        weight_(reader.table("backward_weight")) {}

  void put(ScheduleTimes& times) {
    complete();
    if (has_action(schedule_, Action::backward) && !whole_) {
      fields_.fail("backward", "the schedule runs backwards and their time is not stated",
                   "write \"backward\", or both \"backward_input\" and \"backward_weight\"");
    }
    if (has_action(schedule_, Action::input_gradient) && (!input_ || !weight_)) {
      fields_.fail(input_ ? "backward_weight" : "backward_input",
                   "the schedule splits the backward into its halves, whose times are not stated",
                   R"(write for example "backward_input": "10 ms", "backward_weight": "10 ms")");
    }
    if (whole_) times.backward = *whole_;
    if (input_) times.input_gradient = *input_;
    if (weight_) times.weight_gradient = *weight_;
  }

 private:
  void complete() {
    auto sum = [](Seconds a, Seconds b) { return a + b; };
    if (input_ && weight_) {
      const TimeTable both = combined(schedule_, *input_, *weight_, sum);
      if (whole_) require_equal(*whole_, both);
      if (!whole_) whole_ = both;
    } else if (whole_ && (input_ || weight_)) {
      const char* key = input_ ? "backward_input" : "backward_weight";
      const TimeTable rest = combined(schedule_, *whole_, input_ ? *input_ : *weight_, [&](Seconds a, Seconds b) {
        if (b > a) fields_.fail(key, "half of the backward takes longer (" + to_text(b) + ") than all of it");
        return a - b;
      });
      (input_ ? weight_ : input_) = rest;
    }
  }

  void require_equal(const TimeTable& whole, const TimeTable& sum) const {
    for (std::uint32_t chunk = 0; chunk < schedule_.chunks(); ++chunk) {
      for (std::uint32_t m = 0; m < schedule_.microbatches; ++m) {
        const Seconds a = whole.at(chunk, m);
        const Seconds b = sum.at(chunk, m);
        if (std::abs((a - b).si()) <= 1e-9 * a.si()) continue;
        fields_.fail("backward", "it takes " + to_text(a) + " a chunk, and its halves together take " + to_text(b),
                     "leave one of the three out");
      }
    }
  }

  const JsonFields& fields_;
  const Schedule& schedule_;
  std::optional<TimeTable> whole_;
  std::optional<TimeTable> input_;
  std::optional<TimeTable> weight_;
};

}  // namespace

ScheduleTimes read_schedule_times(const JsonFields& fields, const Schedule& schedule, std::uint64_t seed) {
  ScheduleTimes times;
  TimesReader reader(fields, schedule, seed);
  const auto forward = reader.table("forward");
  if (!forward)
    fields.fail("forward", "the time of a forward is not stated", R"(write for example "forward": "10 ms")");
  times.forward = *forward;
  BackwardTimes(fields, schedule, reader).put(times);
  times.overlapped = reader.table("overlapped");
  times.transfer = fields.value_or<Seconds>("transfer", Seconds(0));
  if (fields.choice_or("transfer_occupies", "nobody", {"nobody", "sender"}) == "sender") {
    times.occupies = TransferOccupies::sender;
  }
  return times;
}

}  // namespace lockstep::workloads
