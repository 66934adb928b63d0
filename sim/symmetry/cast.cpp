#include "sim/symmetry/cast.hpp"

#include <algorithm>

namespace lockstep::sim {

Cast::Cast(ProgramGraph graph, Partition partition) : graph_(std::move(graph)), partition_(std::move(partition)) {
  cast_parts();
  cast_lines();
}

void Cast::cast_parts() {
  const auto first_like = [&](const Part& part) {
    return graph_.actors()[partition_.actors.first[partition_.actors.of[part.actor]]].parts[part.number];
  };
  role_of_.assign(graph_.parts().size(), Line::nobody);
  for (const std::uint32_t scene : partition_.scenes.first) {
    std::vector<std::uint32_t>& left = parts_.emplace_back();
    for (const std::uint32_t number : graph_.scenes()[scene].part_of) {
      if (number == Line::nobody) continue;
      const std::uint32_t first = first_like(part(number));
      if (role_of_[first] != Line::nobody) continue;
      role_of_[first] = static_cast<std::uint32_t>(left.size());
      left.push_back(first);
    }
  }
  for (std::uint32_t number = 0; number < role_of_.size(); ++number) {
    role_of_[number] = role_of_[first_like(part(number))];
  }
}

void Cast::cast_lines() {
  const auto class_of_sender = [&](const Line& line) { return partition_.actors.of[part(line.sender.part).actor]; };
  std::vector<std::vector<std::uint32_t>> by_port;  // the line's number, by the sender's class and port
  for (const std::uint32_t actor : partition_.actors.first) by_port.emplace_back(graph_.actors()[actor].ports);
  for (std::uint32_t number = 0; number < graph_.lines().size(); ++number) {
    const Line& line = graph_.lines()[number];
    if (!partition_.actors.is_first(part(line.sender.part).actor)) continue;
    by_port[class_of_sender(line)][line.sender.port] = static_cast<std::uint32_t>(lines_.size());
    lines_.push_back(number);
  }
  line_of_.reserve(graph_.lines().size());
  for (const Line& line : graph_.lines()) line_of_.push_back(by_port[class_of_sender(line)][line.sender.port]);
}

std::uint32_t Cast::first_agent(std::uint32_t scene_class) const {
  const std::vector<std::uint32_t>& left = parts_[scene_class];
  const auto is_agent_of = [&](std::uint32_t number) {
    return actor(part(number)).is_agent && part(number).number == 0;
  };
  return static_cast<std::uint32_t>(std::find_if(left.begin(), left.end(), is_agent_of) - left.begin());
}

}  // namespace lockstep::sim
