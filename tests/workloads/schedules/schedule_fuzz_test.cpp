#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "tests/workloads/schedules/random_schedules.hpp"
#include "workloads/schedules/check_schedule.hpp"
#include "workloads/schedules/pytorch_csv.hpp"
#include "workloads/schedules/schedule_file.hpp"
#include "workloads/schedules/schedule_summary.hpp"
#include "workloads/schedules/schedules.hpp"

namespace lockstep::workloads {
namespace {

void change_a_byte(std::string& text, RandomStream& random) {
  static const std::string bytes = "0123456789FBIW,;()\n\r\"_SENDRECVOVLAP{}[]: \xff";
  const std::size_t at = random.below(text.size());
  switch (random.below(3)) {
    case 0:
      text[at] = bytes[random.below(bytes.size())];
      break;
    case 1:
      text.insert(at, 1, bytes[random.below(bytes.size())]);
      break;
    default:
      text.erase(at, 1);
  }
}

// Whatever is read can run; whatever is not is refused, and nothing worse happens.
bool is_read(const std::string& text, const std::string& file) {
  ScheduleTimes times;
  times.forward = times.backward = times.input_gradient = times.weight_gradient = TimeTable(Seconds(1));
  try {
    const Schedule schedule = parse_schedule(text, file);
    EXPECT_GT(evaluate_schedule(schedule, times).makespan, Seconds(0));
    return true;
  } catch (const InputError&) {
    return false;
  } catch (const SimulationError&) {
    return false;
  }
}

TEST(ScheduleFuzz, BrokenFilesAreRefused) {
  int read = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    RandomStream random(seed, "schedule fuzz");
    const auto transfers = seed % 2 == 0 ? TransferListing::implied : TransferListing::listed;
    Schedule schedule = RandomScheduleMaker(random, transfers).make();
    const bool is_csv = schedule.copies == 1 && random.below(2) == 0;
    std::string text = is_csv ? write_pytorch_csv(schedule) : as_json(schedule).dump();
    for (std::uint64_t i = random.below(4); i > 0 && !text.empty(); --i) change_a_byte(text, random);
    read += is_read(text, is_csv ? "x.csv" : "x.json") ? 1 : 0;
  }
  EXPECT_GT(read, 500);
}

TEST(ScheduleFuzz, DisorderedListsAreRefusedOrRun) {
  int refused = 0;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    RandomStream random(seed, "disorder");
    Schedule schedule = RandomScheduleMaker(random, TransferListing::implied).make();
    auto& tasks = schedule.tasks[random.below(schedule.tasks.size())];
    if (tasks.size() < 2) continue;
    std::swap(tasks[random.below(tasks.size())], tasks[random.below(tasks.size())]);
    if (random.below(4) == 0) tasks.pop_back();
    try {
      check_schedule(schedule, "x");
      EXPECT_TRUE(Recurrence().evaluate(schedule, ScheduleTimes()));
    } catch (const InputError&) {
      ++refused;
    } catch (const SimulationError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
}

TEST(ScheduleFuzz, ADigitTooManyCostsNoMemory) {
  for (const char* text : {"0F200000000,0B200000000", "65534F0,65534B0", "0F0,0B0,60000F9000"}) {
    EXPECT_FALSE(is_read(text, "x.csv")) << text;
  }
  EXPECT_FALSE(is_read(R"({"microbatches":200000000,"placement":[0],"tasks":[["0F0","0B0"]]})", "x.json"));
}

}  // namespace
}  // namespace lockstep::workloads
