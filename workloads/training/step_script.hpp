#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "workloads/training/step_costs.hpp"

// What a rank does for one task of its pipeline schedule, and before the first and after the last one. Scripts are the
// same for all ranks of a stage, written once, and refer to places within themselves, so that a step is made of them by
// adding up lengths.
namespace lockstep::workloads {

// Queues of operations of a rank that run beside each other; those of one run in turn.
enum class Lane : std::uint8_t {
  compute,  // and the collectives that computation stands still for
  paired,   // the second half of two tasks that overlap
  tensor,   // collectives beside computation
  context,  // keys and values, handed on while attention works on those before
  replicas  // sums of gradients and gathering of weights, in one order, as they share their communicator
};
constexpr std::size_t lane_count = 5;

// An entry of the same script must be done, or (-1) whatever stood in that lane before the script.
struct ScriptWait {
  Lane lane = Lane::compute;
  std::int32_t entry = -1;
  bool from_start = false;  // counted from the start of the step instead
};

// A collective by which algorithm.
struct ScriptCall {
  GroupCall call;
  std::string algorithm;
  friend bool operator==(const ScriptCall&, const ScriptCall&) = default;
};

enum class Pass : std::uint8_t { none, forward, backward, input_gradient, weight_gradient };

struct ScriptEntry {
  Purpose purpose = Purpose::compute;
  Pass pass = Pass::none;
  std::uint16_t layer = 0;
  bool of_experts = false;                 // work that grows with the load of the rank's experts
  bool is_join = false;                    // nothing but its waits
  Seconds work = {};                       // of what is computed
  Seconds attention = {};                  // the part of it that goes by the lengths of documents
  std::optional<std::uint32_t> call = {};  // which of the step's calls
  std::optional<Bytes> hop = {};           // to the next context rank, and as much from the one before
  std::vector<ScriptWait> waits = {};
};

struct Script {
  std::array<std::vector<ScriptEntry>, lane_count> lanes;

  std::vector<ScriptEntry>& operator[](Lane lane) { return lanes[static_cast<std::size_t>(lane)]; }
  const std::vector<ScriptEntry>& operator[](Lane lane) const { return lanes[static_cast<std::size_t>(lane)]; }
};

// Which task of a chunk a script is for.
struct ScriptTask {
  std::uint32_t chunk = 0;  // in the order of the model
  Pass pass = Pass::forward;
  bool is_first = false;  // forward of the stage's chunk in the step
  bool is_last = false;   // the last whose gradients are added up
  friend auto operator<=>(const ScriptTask&, const ScriptTask&) = default;
};

class ScriptPage;

// Writes the scripts of one stage, for ranks whose costs are `costs`.
class ScriptWriter {
 public:
  // `chunks` of the stage, in the order in which their forward passes begin. Calls are added to `calls` where they are
  // new.
  ScriptWriter(const TrainingSpec& spec, const StepCosts& costs, std::uint32_t stage, std::vector<std::uint32_t> chunks,
               std::vector<ScriptCall>& calls);

  Script before() const;
  Script task(const ScriptTask& task) const;
  Script after() const;
  // Two tasks that run at once.
  static Script pair(Script first, Script second);

 private:
  struct FirstGathers {
    Script script;
    std::vector<std::vector<std::int32_t>> entry_of;  // of each chunk's layers: what must be done before; -1: nothing
  };

  bool gathers_first() const;
  FirstGathers first_gathers() const;
  const LayerCosts& layer(std::uint32_t chunk, std::size_t place) const;
  std::size_t first_layer(std::uint32_t chunk) const;
  void reduce_ready(ScriptPage& page, GradientBytes& pending, bool is_end) const;
  template <class Reduce>
  void reduce_buckets(Bytes& pending, bool is_end, const Reduce& reduce) const;

  const TrainingSpec& spec_;
  const StepCosts& costs_;
  std::uint32_t stage_;
  std::vector<std::uint32_t> chunks_;
  std::vector<ScriptCall>& calls_;
};

}  // namespace lockstep::workloads
