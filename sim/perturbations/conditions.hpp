#pragma once

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sim/perturbations/data_variation.hpp"
#include "sim/perturbations/speed_profile.hpp"
#include "topology/fleet.hpp"

namespace lockstep::sim {

// When a computation's work is drawn anew.
enum class JitterEach : std::uint8_t { operation, device };

// Computations take a random factor of their work.
struct WorkJitter {
  Distribution factor;
  JitterEach each = JitterEach::operation;
  // The chance that a device's next operation has the factor of the one before, so that factors n operations apart are
  // correlated by the n-th power of it and each is distributed as stated.
  double correlation = 0;
};

// Other people's flows along some links, which always have more to send.
struct Traffic {
  std::vector<topology::LinkId> links;  // in a row; never none
  std::uint32_t flows = 1;
  ProfilePointer quiet = {};  // how quiet they are: 1 or 0; null: never

  Pace quiet_at(Seconds time) const;
};

// What disturbs one run: how fast devices and channels go as time passes, and what computations take besides. Its draws
// are consumed by the run, so it is made for each run anew.
class Conditions {
 public:
  explicit Conditions(const topology::Fleet& fleet)
      : devices_(fleet.vertices().size()), channels_(fleet.channels().size()), fleet_(&fleet) {}

  // On top of what is there.
  void disturb_device(topology::VertexId device, const ProfilePointer& profile);
  void disturb_channel(topology::ChannelId channel, const ProfilePointer& profile);
  // Of device i the stream draws[i]. Nothing happens where the factor is always 1.
  void add_jitter(const WorkJitter& jitter, std::span<const std::pair<topology::VertexId, RandomStream>> draws);

  void add_traffic(Traffic traffic);
  // Of all jobs that have experts, so many times their share goes to the hottest.
  void heat_experts(double factor) { expert_heat_ *= factor; }
  void vary_data(std::shared_ptr<const DataVariation> variation) { variations_.push_back(std::move(variation)); }

  // Takes away all that was put on it.
  void heal_device(topology::VertexId device) { devices_[device.value()] = {.has_usual_data = true}; }
  void heal_channel(topology::ChannelId channel);

  // Null where nothing disturbs it.
  const SpeedProfile* of_device(topology::VertexId device) const { return devices_[device.value()].profile.get(); }
  const SpeedProfile* of_channel(topology::ChannelId channel) const { return channels_[channel.value()].get(); }
  std::span<const Traffic> traffic() const { return traffic_; }
  // Those whose links draw on the channel, by their number in `traffic`.
  std::span<const std::uint32_t> traffic_on(topology::ChannelId channel) const;
  bool disturbs(topology::VertexId device) const {
    const Device& one = devices_[device.value()];
    return one.profile != nullptr || !one.jitters.empty() || (varies_data() && !one.has_usual_data);
  }
  bool disturbs(topology::ChannelId channel) const {
    return channels_[channel.value()] != nullptr || !traffic_on(channel).empty();
  }
  // How fast everything goes that is disturbed, in its own order, and until when it stays like that. Where others have
  // traffic that is what it leaves a single flow.
  struct Speeds {
    std::vector<double> values;
    Seconds until;
  };
  Speeds speeds_at(Seconds time) const;
  // The same as if it had always been as it is then.
  Conditions as_at(Seconds time) const;
  // The same without what is drawn anew again and again while computing.
  Conditions lasting() const;
  // Whether what computations take is drawn one by one.
  bool draws_work() const;
  // Whether from then on no speed changes any more, and nothing is drawn but what is drawn once a run.
  bool is_constant_from(Seconds time) const;

  // Of the device's next computation.
  double draw_factor(topology::VertexId device);
  double expert_heat() const { return expert_heat_; }
  // Whether it matters what data computations are about.
  bool varies_data() const { return !variations_.empty(); }
  // Data is drawn for each job of a run; those of a simulation that is a part of one count from there.
  void count_jobs_from(std::uint32_t first) { first_job_ = first; }
  DataStretch stretch(topology::VertexId device, std::uint32_t job, const workloads::DataPart& part) const;

 private:
  struct Jitter {
    Distribution factor;
    RandomStream stream;
    JitterEach each;
    double correlation;
    std::optional<double> last = {};
  };
  struct Device {
    ProfilePointer profile = {};
    std::vector<Jitter> jitters = {};
    bool has_usual_data = false;
  };
  template <class Self, class Visit>
  static void visit_profiles(Self& self, Visit visit);

  std::vector<Device> devices_;  // of each vertex
  std::vector<ProfilePointer> channels_;
  std::vector<std::shared_ptr<const DataVariation>> variations_;
  std::uint32_t first_job_ = 0;
  double expert_heat_ = 1;
  const topology::Fleet* fleet_;
  std::vector<Traffic> traffic_;
  std::vector<std::vector<std::uint32_t>> traffic_on_;  // of each channel; empty where there is none at all
};

}  // namespace lockstep::sim
