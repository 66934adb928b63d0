#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/random_stream.hpp"
#include "base/unit_text.hpp"
#include "tests/validation/cases.hpp"
#include "validation/closed_forms/closed_form.hpp"

namespace lockstep::validation {

// Draws collectives that closed forms speak of, on fleets and under options with which some apply and others do not.
class RandomCases {
 public:
  explicit RandomCases(std::uint64_t seed) : seed_(seed), random_(seed, "tests/random_cases") {}

  CollectiveCase draw() {
    if (seed_ % 12 == 5) return draw_all_to_all_v();
    const ClosedForm* form = nullptr;
    const workloads::CollectiveAlgorithm* algorithm = nullptr;
    while (algorithm == nullptr) {
      form = &closed_forms()[random_.below(closed_forms().size())];
      if (!form->algorithms.empty()) algorithm = find(form->algorithms[random_.below(form->algorithms.size())]);
    }
    topology::Fleet fleet = draw_fleet(*form);
    const double bytes = std::pow(10.0, 3 + 5 * random_.uniform());
    const workloads::Operation operation = form->operations[random_.below(form->operations.size())];
    CollectiveCase made = case_on(std::move(fleet), operation, std::string(algorithm->name), bytes, draw_network());
    if (takes(*algorithm, workloads::CollectiveOption::segments) && one_in(3)) {
      made.workload.request.segments = 2 + below(5);
    }
    if (takes(*algorithm, workloads::CollectiveOption::phases)) {
      made.fidelity = one_in(2) ? workloads::Fidelity::flow : workloads::Fidelity::message;
      if (one_in(2)) made.workload.request.phases = workloads::Phases::sequential;
    }
    if (made.engine.network == "ports") made.engine.ports.holds_latency = one_in(2);
    for (std::uint32_t left = below(3); left > 0; --left) complicate(made, *algorithm);
    return made;
  }

 private:
  // No form but the bound speaks of sizes that differ, many of them zero.
  CollectiveCase draw_all_to_all_v() {
    topology::Fleet fleet = draw_any_fleet();
    const std::string algorithm = one_in(2) ? "direct" : "pairwise";
    CollectiveCase made = case_on(std::move(fleet), workloads::Operation::all_to_all_v, algorithm, 0, draw_network());
    if (made.engine.network == "ports") {
      made.engine.ports.holds_latency = one_in(2);
      if (one_in(2)) made.engine.ports.gap = Seconds(1e-6);
    }
    if (one_in(3)) shuffle(made);
    const std::uint32_t zeros = below(4);  // of four
    for (std::size_t i = 0; i < made.members.size() * made.members.size(); ++i) {
      const double bytes = below(4) < zeros ? 0 : std::round(std::pow(10.0, 7 * random_.uniform()));
      made.workload.request.sizes.emplace_back(bytes);
    }
    return made;
  }

  std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(random_.below(end)); }
  bool one_in(std::uint32_t count) { return below(count) == 0; }

  static const workloads::CollectiveAlgorithm* find(std::string_view name) {
    for (const auto& algorithm : workloads::collective_algorithms()) {
      if (algorithm.name == name) return &algorithm;
    }
    return nullptr;
  }
  static bool takes(const workloads::CollectiveAlgorithm& algorithm, workloads::CollectiveOption option) {
    return std::find(algorithm.options.begin(), algorithm.options.end(), option) != algorithm.options.end();
  }

  // One of what closed forms assume not to be so.
  void complicate(CollectiveCase& subject, const workloads::CollectiveAlgorithm& algorithm) {
    workloads::CollectiveRequest& request = subject.workload.request;
    switch (below(8)) {
      case 0:  // bucket algorithms need the whole torus in order
        return algorithm.name.starts_with("bucket") ? void() : shuffle(subject);
      case 1:
        if (takes(algorithm, workloads::CollectiveOption::channels)) request.channels = 2;
        return;
      case 2:
        request.bytes = Bytes(std::round(request.bytes.si()));
        request.element = Bytes(1);
        return;
      case 3:
        subject.workload.reduction_rate = Bandwidth(1e9 * (1 + 500 * random_.uniform()));
        return;
      case 4:
        subject.workload.message_overhead = Seconds(1e-6);
        return;
      case 5:
        subject.workload.arrivals.assign(subject.members.size(), Seconds(0));
        subject.workload.arrivals.back() = Seconds(1e-4 * random_.uniform());
        return;
      case 6:
        subject.engine.eager = true;
        return;
      default:
        if (subject.engine.network != "ports") {
          subject.fidelity = workloads::Fidelity::flow;
          return;
        }
        subject.engine.ports.overhead = Seconds(1e-6);
        subject.engine.ports.gap = Seconds(1e-6 * (1 + below(8)));
    }
  }
  void shuffle(CollectiveCase& subject) {
    std::vector<std::uint32_t> order = subject.workload.ranks;
    for (std::uint32_t i = static_cast<std::uint32_t>(order.size()); i > 1; --i)
      std::swap(order[i - 1], order[below(i)]);
    const bool needs_full_nodes = subject.workload.request.algorithm == "hierarchical";
    if (order.size() > 3 && !needs_full_nodes && one_in(2))
      order.resize(2 + below(static_cast<std::uint32_t>(order.size()) - 2));
    keep_members(subject, order);
    if (!subject.workload.arrivals.empty()) subject.workload.arrivals.assign(order.size(), Seconds(1e-5));
  }

  std::string draw_network() {
    static const std::vector<std::string> networks = {"fluid", "ports", "ports", "contention_free"};
    return networks[below(4)];
  }
  std::string draw_cable() {
    const std::uint32_t latency = below(6);
    const std::uint32_t bandwidth = 10 * (1 + below(5));
    return R"("link":{"bandwidth":")" + std::to_string(bandwidth) + R"( GB/s","latency":")" + std::to_string(latency) +
           R"( us"})";
  }
  topology::Fleet draw_fleet(const ClosedForm& form) {
    const std::string_view algorithm = form.algorithms.front();
    if (algorithm.starts_with("bucket")) return draw_torus();
    if (algorithm == "hierarchical" || form.id == "C22") return draw_nodes();
    if (algorithm == "in_network") return one_in(2) ? draw_tree() : draw_switch();
    if (algorithm == "in_switch") return draw_switch();
    return draw_any_fleet();
  }
  topology::Fleet draw_any_fleet() {
    switch (below(8)) {
      case 0:
        return draw_torus();
      case 1:
        return draw_nodes();
      case 2:
        return draw_tree();
      default:
        return draw_switch();
    }
  }
  topology::Fleet draw_switch() {
    const std::string cable = draw_cable();
    const std::uint32_t power = 2U << below(4);
    static const std::vector<std::uint32_t> others = {3, 5, 6, 7, 11, 15};
    const std::uint32_t devices = one_in(2) ? power : others[below(6)];
    std::string slow;
    if (one_in(4)) {
      slow = R"({"from":"d1","to":"s0","bandwidth":"7 GB/s"})";
      if (one_in(2)) slow += R"(,{"from":"s0","to":"d1","bandwidth":"7 GB/s"})";
    }
    return topology::fleet_from(R"({"topology":"switch","devices":)" + std::to_string(devices) + "," + cable +
                                R"(,"overrides":[)" + slow + "]}");
  }
  topology::Fleet draw_tree() {
    const std::string cable = draw_cable();
    return topology::fleet_from(R"({"topology":"fat_tree","radix":4,"levels":2,"oversubscription":)" +
                                std::to_string(1 + below(2)) + "," + cable + "}");
  }
  topology::Fleet draw_torus() {
    static const std::vector<std::string> dimensions = {"[4,4]", "[3,3]", "[2,2]", "[5,3]", "[2,2,2]", "[4,2]", "[5]"};
    const std::string cable = draw_cable();
    return topology::fleet_from(R"({"topology":"torus","dimensions":)" + dimensions[below(7)] + "," + cable + "}");
  }
  topology::Fleet draw_nodes() {
    const std::uint32_t nodes = 1 + below(3);
    const std::string fabric = one_in(2) ? "rail_optimized" : "switch";
    return topology::fleet_from(R"({"node":"DGX_H100","nodes":)" + std::to_string(nodes) +
                                R"(,"fabric":{"topology":")" + fabric + R"(","link":"InfiniBand_NDR"}})");
  }

  std::uint64_t seed_;
  RandomStream random_;
};

inline std::string described(const CollectiveCase& subject) {
  const auto& request = subject.workload.request;
  std::string text = std::string(to_text(request.operation)) + " " + request.algorithm + " on " +
                     std::to_string(subject.members.size()) + " of " + subject.fleet.name() + ", " +
                     to_text(request.bytes) + ", " + to_text(port_model_of(subject.engine)) + ", " +
                     std::to_string(request.segments) + " segments, " + std::to_string(request.channels) + " channels";
  if (request.element) text += ", elements";
  if (subject.engine.eager) text += ", eager";
  if (subject.workload.reduction_rate) text += ", reducing";
  if (subject.workload.message_overhead > Seconds(0)) text += ", overhead";
  if (!subject.workload.arrivals.empty()) text += ", late";
  if (subject.fidelity == workloads::Fidelity::flow) text += ", flow";
  return text;
}

}  // namespace lockstep::validation
