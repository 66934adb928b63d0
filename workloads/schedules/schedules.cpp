#include "workloads/schedules/schedules.hpp"

#include <array>

#include "workloads/schedules/handcrafted/makers.hpp"

namespace lockstep::workloads {
namespace {

constexpr std::array table = {
    NamedEntry<ScheduleMaker>{"gpipe", "All forwards, then all backwards (Huang et al. 2019).", make_gpipe},
    NamedEntry<ScheduleMaker>{
        "1f1b",
        "Forwards and backwards alternate once the pipeline is full, which bounds activations (PipeDream-Flush).",
        make_one_forward_one_backward},
    NamedEntry<ScheduleMaker>{"eager_1f1b", "1F1B with twice the warm-up, which hides transfers behind activations.",
                              make_eager_one_forward_one_backward},
    NamedEntry<ScheduleMaker>{"interleaved_1f1b",
                              "1F1B over several chunks a device, in Megatron's order (Narayanan et al. 2021).",
                              make_interleaved},
    NamedEntry<ScheduleMaker>{"breadth_first",
                              "All microbatches through a chunk before the next chunk (Lamy-Poirier 2023).",
                              make_breadth_first},
    NamedEntry<ScheduleMaker>{"zb_h1", "Zero Bubble H1: weight gradients fill the drain, with the memory of 1F1B.",
                              make_zero_bubble_h1},
    NamedEntry<ScheduleMaker>{"zb_h2", "Zero Bubble H2: twice the warm-up and no bubble where F = B = W.",
                              make_zero_bubble_h2},
    NamedEntry<ScheduleMaker>{
        "zb_v", "Zero Bubble V: two chunks a device in the shape of a V, with the memory of 1F1B.", make_zero_bubble_v},
    NamedEntry<ScheduleMaker>{"dualpipe",
                              "Two directions over two copies of the model, overlapping forwards with backwards "
                              "(DeepSeek-V3).",
                              make_dual_pipe},
    NamedEntry<ScheduleMaker>{"dualpipe_v", "DualPipe cut in half: a V of two chunks a device, one copy of the model.",
                              make_dual_pipe_v},
    NamedEntry<ScheduleMaker>{"chimera", "Two directions over two copies of the model (Li and Hoefler 2021).",
                              make_chimera},
    NamedEntry<ScheduleMaker>{"pipedream_2bw",
                              "1F1B that updates the weights without a flush, from two versions (Narayanan et al. "
                              "2021).",
                              make_pipedream_2bw},
    NamedEntry<ScheduleMaker>{"auto",
                              "The best order that a search finds for the times and the memory at hand, after the "
                              "automatic scheduler of Zero Bubble.",
                              make_automatic},
};

std::string beside(const std::string& where, const std::string& field) {
  const std::size_t cut = where.find_last_of(". ");
  return cut == std::string::npos ? field : where.substr(0, cut + 1) + field;
}

}  // namespace

std::span<const NamedEntry<ScheduleMaker>> schedules() {
  return table;
}

std::uint32_t usual_virtual_stages(const std::string& name) {
  return name == "zb_v" || name == "dualpipe_v" ? 2 : 1;
}

Schedule make_schedule(const std::string& name, const ScheduleShape& shape, const std::string& where) {
  const auto& entry = find_entry(schedules(), name, "schedule", where);
  if (std::uint64_t{shape.stages} * shape.virtual_stages > most_chunks / 2) {
    throw InputError({.where = beside(where, "virtual_stages"),
                      .problem = std::to_string(shape.stages) + " stages of " + std::to_string(shape.virtual_stages) +
                                 " chunks are more than the " + std::to_string(most_chunks / 2) + " chunks allowed"});
  }
  if (std::uint64_t{4} * shape.stages * shape.virtual_stages * shape.microbatches > most_tasks) {
    throw InputError({.where = beside(where, "microbatches"),
                      .problem = "a schedule of more than " + std::to_string(most_tasks) + " tasks is too large"});
  }
  try {
    return entry.function(shape);
  } catch (const InputError& error) {
    InputError::Text text = error.text();
    text.where = beside(where, text.where);
    throw InputError(text);
  }
}

void require_virtual_stages(const ScheduleShape& shape, std::uint32_t wanted, const std::string& schedule) {
  if (shape.virtual_stages == wanted) return;
  refuse_shape("virtual_stages",
               schedule + " has " + std::to_string(wanted) + (wanted == 1 ? " chunk" : " chunks") + " a device, not " +
                   std::to_string(shape.virtual_stages),
               "write \"virtual_stages\": " + std::to_string(wanted));
}

void refuse_shape(const std::string& field, const std::string& problem, const std::string& suggestion) {
  throw InputError({.where = field, .problem = problem, .suggestion = suggestion});
}

Schedule empty_loop(const ScheduleShape& shape) {
  Schedule schedule;
  schedule.microbatches = shape.microbatches;
  schedule.device_of = loop_placement(shape.stages, shape.virtual_stages);
  schedule.tasks.resize(shape.stages);
  return schedule;
}

}  // namespace lockstep::workloads
