#pragma once

#include "workloads/training/step_script.hpp"

namespace lockstep::workloads {

// How long something is computed.
struct Computation {
  Seconds work;
  Seconds attention = {};  // the part of it that goes by the lengths of documents
};

// A script while it is written. What is computed piles up until something is exchanged or waited for, so that a script
// has no more entries than it needs.
class ScriptPage {
 public:
  // Calls are added to `calls` where they are new.
  ScriptPage(const TrainingSpec& spec, std::vector<ScriptCall>& calls, Pass pass)
      : spec_(spec), calls_(calls), pass_(pass) {}

  Script finish();

  // What the following entries are about.
  void set_layer(std::size_t layer) { layer_ = static_cast<std::uint16_t>(layer); }
  // The last entry of the lane as something to wait for.
  ScriptWait last(Lane lane) const { return {lane, static_cast<std::int32_t>(script_[lane].size()) - 1}; }
  // Something to wait for in the compute lane before anything is computed there: what a task receives has come.
  void mark_start() { add(Lane::compute, {.is_join = true}); }
  // The next entry of the compute lane has to wait.
  void wait(const ScriptWait& wait);
  void compute(const Computation& what, bool of_experts, Purpose purpose = Purpose::compute);
  // Writes down what has piled up.
  void flush();
  // Computation stands still for a collective of the compute lane; those of other lanes wait for what they are told.
  void call(Lane lane, Purpose purpose, const GroupCall& call, const std::string& algorithm,
            std::vector<ScriptWait> waits = {});

  // What a layer does in a pass through it.
  void forward(const LayerCosts& layer);
  void backward(const LayerCosts& layer, bool with_weights);
  void weight_gradient(const LayerCosts& layer);

  // Sums over all ranks that hold the same weights; to shards of them where ZeRO has such.
  void reduce(Lane lane, const GradientBytes& bytes, const std::vector<ScriptWait>& waits = {});
  // Gathers weights that are sharded.
  void gather(Lane lane, const GradientBytes& bytes, const std::vector<ScriptWait>& waits = {});

 private:
  void play(const LayerItem& item, const Computation& work, const std::optional<GroupCall>& call, int hops_per_block);
  void communicate(const GroupCall& call);
  void attend(const LayerItem& item, const Computation& work, int hops_per_block);
  void add(Lane lane, ScriptEntry entry);
  std::uint32_t number_of(const ScriptCall& call);

  const TrainingSpec& spec_;
  std::vector<ScriptCall>& calls_;
  Pass pass_;
  std::uint16_t layer_ = 0;
  Script script_;
  ScriptEntry pending_;
  bool has_pending_ = false;
  std::vector<ScriptWait> waits_;
  std::vector<ScriptWait> late_waits_;  // of the entry after the next
};

}  // namespace lockstep::workloads
