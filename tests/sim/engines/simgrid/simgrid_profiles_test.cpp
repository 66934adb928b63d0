// Recorded speeds, held against what SimGrid makes of the same files.
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <simgrid/kernel/ProfileBuilder.hpp>
#include <simgrid/s4u.hpp>

#include "base/child_tasks.hpp"
#include "base/json_fields.hpp"
#include "sim/perturbations/perturbation.hpp"
#include "tests/own_folder.hpp"
#include "tests/topology/fleets.hpp"

namespace lockstep::sim {
namespace {

namespace s4u = simgrid::s4u;

constexpr int computations = 200;
constexpr double work_s = 0.37;  // of each, at full speed

// When each of the computations is done, one after the other on a host with that profile.
std::vector<double> by_simgrid(const std::string& profile) {
  const ChildTask task = [&] {
    std::string texts[] = {"profiles", "--log=root.thres:critical", "--cfg=surf/precision:1e-12"};
    char* arguments[] = {texts[0].data(), texts[1].data(), texts[2].data(), nullptr};
    int count = 3;
    s4u::Engine engine(&count, arguments);
    s4u::NetZone* zone = s4u::create_full_zone("zone");
    s4u::Host* host = zone->create_host("host", 1e9);
    host->set_speed_profile(simgrid::kernel::profile::ProfileBuilder::from_string("speeds", profile, 0))->seal();
    zone->seal();
    std::string ends;
    s4u::Actor::create("worker", host, [&ends] {
      for (int i = 0; i < computations; ++i) {
        s4u::this_actor::execute(work_s * 1e9);
        const double now = s4u::Engine::get_clock();
        ends.append(reinterpret_cast<const char*>(&now), sizeof now);
      }
    });
    engine.run();
    return ends;
  };
  const auto answers = run_in_children({&task, 1}, 1);
  std::vector<double> ends(answers.front().bytes().size() / sizeof(double));
  std::memcpy(ends.data(), answers.front().bytes().data(), ends.size() * sizeof(double));
  return ends;
}

std::vector<double> by_lockstep(const std::string& profile) {
  const std::string path = own_file("speeds.profile", profile);
  const topology::Fleet fleet = topology::topology_of("switch", R"("devices":2)");
  const Json document = {{"perturbations", {{{"kind", "trace"}, {"file", path}}}}};
  const Perturbations perturbations = Perturbations::read(JsonFields(document, ""), {.fleet = fleet});
  const auto conditions = perturbations.conditions(fleet, 0);
  const SpeedProfile& speeds = *conditions->of_device(fleet.devices().front());
  std::vector<double> ends;
  Seconds now;
  for (int i = 0; i < computations; ++i) ends.push_back((now = finish(speeds, now, Seconds(work_s))).si());
  return ends;
}

class SimGridProfiles : public ::testing::TestWithParam<const char*> {};

TEST_P(SimGridProfiles, MeanTheSame) {
  const std::vector<double> theirs = by_simgrid(GetParam());
  const std::vector<double> ours = by_lockstep(GetParam());
  ASSERT_EQ(theirs.size(), ours.size());
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_NEAR(ours[i], theirs[i], 1e-9 * theirs[i]) << i;
}

// The profiles of SimGrid's examples, and one whose first change comes late: what the last one said holds until then.
INSTANTIATE_TEST_SUITE_P(Profiles, SimGridProfiles,
                         ::testing::Values("0 0.5\n2 1.0\n4 0.7\n6 0.1\n8 4\nLOOPAFTER 10\n",
                                           "0 1.0\n11 0.5\n20 0.9\nLOOPAFTER 1\n",
                                           "0 1.0\n10 0.8\n20 0.4\nLOOPAFTER 10\n", "2 0.5\n4 0.25\nLOOPAFTER 6\n",
                                           "3 0.5\n7 0.75\n"));

}  // namespace
}  // namespace lockstep::sim
