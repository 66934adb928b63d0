#include "sim/symmetry/cast.hpp"

#include <algorithm>
#include <numeric>

namespace lockstep::sim {

Cast::Cast(ProgramGraph graph, Partition partition) : graph_(std::move(graph)), partition_(std::move(partition)) {
  cast_parts();
  cast_lines();
  find_partners();
}

void Cast::cast_parts() {
  const auto first_like = [&](const Part& part) {
    return graph_.actors()[partition_.actors.first[partition_.actors.of[part.actor]]].parts[part.number];
  };
  role_of_.assign(graph_.parts().size(), Line::nobody);
  for (const std::uint32_t scene : partition_.scenes.first) {
    std::vector<std::uint32_t>& left = scenes_.emplace_back().parts;
    for (const std::uint32_t number : graph_.scenes()[scene].part_of) {
      if (number == Line::nobody) continue;
      const std::uint32_t first = first_like(part(number));
      if (role_of_[first] != Line::nobody) continue;
      role_of_[first] = static_cast<std::uint32_t>(left.size());
      left.push_back(first);
    }
    const auto is_agent_of = [&](std::uint32_t number) {
      return actor(part(number)).is_agent && part(number).number == 0;
    };
    scenes_.back().first_agent = static_cast<std::uint32_t>(std::ranges::find_if(left, is_agent_of) - left.begin());
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

void Cast::find_partners() {
  const auto is_left = [&](const Line::End& end) { return partition_.actors.is_first(part(end.part).actor); };
  for (std::uint32_t number = 0; number < graph_.lines().size(); ++number) {
    const Line& line = graph_.lines()[number];
    const auto add = [&](const Line::End& own, const Line::End& other) {
      partners_.emplace_back(End{own.part, &own == &line.sender, graph_.rank(other), line.tag},
                             Partner{role_of_[other.part], line_of_[number]});
    };
    if (is_left(line.sender)) add(line.sender, line.receiver);
    if (is_left(line.receiver)) add(line.receiver, line.sender);
  }
  std::ranges::sort(partners_, {}, &std::pair<End, Partner>::first);
  first_partner_.assign(graph_.parts().size() + 1, 0);
  for (const auto& [end, partner] : partners_) ++first_partner_[end.part + 1];
  std::partial_sum(first_partner_.begin(), first_partner_.end(), first_partner_.begin());
}

const Partner& Cast::partner(const End& end) const {
  const auto own =
      std::span(partners_).subspan(first_partner_[end.part], first_partner_[end.part + 1] - first_partner_[end.part]);
  return std::ranges::lower_bound(own, end, {}, &std::pair<End, Partner>::first)->second;
}

Partner Cast::receiver(std::uint32_t part, workloads::RankId peer, workloads::Tag tag) const {
  return partner({part, true, peer, tag});
}

Partner Cast::sender(std::uint32_t part, workloads::RankId peer, workloads::Tag tag) const {
  return partner({part, false, peer, tag});
}

}  // namespace lockstep::sim
