#include <cmath>
#include <iostream>
#include <map>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/random_stream.hpp"
#include "tests/validation/cases.hpp"

namespace lockstep::validation {
namespace {

using topology::fleet_from;
using workloads::Operation;

std::string number(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

// Draws collectives on fleets on which some closed forms apply, and others do not.
class Drawing {
 public:
  explicit Drawing(std::uint64_t seed) : random_(seed, "tests/cross_check") {}

  CollectiveCase draw() {
    const auto algorithms = workloads::collective_algorithms();
    const auto& algorithm = algorithms[random_.below(algorithms.size())];
    const Operation operation = algorithm.operations[random_.below(algorithm.operations.size())];
    CollectiveCase made = case_on(draw_fleet(algorithm.name), operation, std::string(algorithm.name),
                                  std::pow(10.0, 3 + 5 * random_.uniform()), draw_network());
    workloads::CollectiveRequest& request = made.workload.request;
    if (operation == Operation::barrier) request.bytes = Bytes(0);
    if (operation == Operation::all_to_all_v) {
      const std::size_t pairs = made.members.size() * made.members.size();
      for (std::size_t i = 0; i < pairs; ++i) request.sizes.emplace_back(1e6 * random_.uniform());
      request.bytes = Bytes(0);
    }
    if (made.engine.network == "ports") made.engine.ports.holds_latency = one_in(2);
    for (std::uint64_t left = random_.below(3); left > 0; --left) complicate(made, algorithm);
    return made;
  }

 private:
  // One of what closed forms assume not to be so.
  void complicate(CollectiveCase& subject, const workloads::CollectiveAlgorithm& algorithm) {
    workloads::CollectiveRequest& request = subject.workload.request;
    switch (random_.below(9)) {
      case 0:
        return shuffle(subject);
      case 1:
        if (takes(algorithm, workloads::CollectiveOption::segments)) request.segments = 2 + random_below(5);
        return;
      case 2:
        if (takes(algorithm, workloads::CollectiveOption::channels)) request.channels = 2;
        return;
      case 3:
        request.bytes = Bytes(std::round(request.bytes.si()));
        if (request.bytes > Bytes(0)) request.element = Bytes(1);
        return;
      case 4:
        subject.workload.reduction_rate = Bandwidth(1e9 * (1 + 500 * random_.uniform()));
        return;
      case 5:
        subject.workload.message_overhead = Seconds(1e-6);
        return;
      case 6:
        subject.workload.arrivals.assign(subject.members.size(), Seconds(0));
        subject.workload.arrivals.back() = Seconds(1e-4 * random_.uniform());
        return;
      case 7:
        subject.engine.eager = true;
        return;
      default:
        if (subject.engine.network == "ports") {
          subject.engine.ports = {.overhead = Seconds(1e-6), .gap = Seconds(1e-6 * double(1 + random_.below(8)))};
        } else {
          subject.fidelity = workloads::Fidelity::flow;
        }
    }
  }
  std::uint32_t random_below(std::uint64_t end) { return static_cast<std::uint32_t>(random_.below(end)); }
  bool one_in(std::uint64_t count) { return random_.below(count) == 0; }
  static bool takes(const workloads::CollectiveAlgorithm& algorithm, workloads::CollectiveOption option) {
    return std::find(algorithm.options.begin(), algorithm.options.end(), option) != algorithm.options.end();
  }
  std::string draw_network() {
    static const std::vector<std::string> networks = {"fluid", "ports", "ports", "contention_free"};
    return networks[random_.below(networks.size())];
  }
  std::string link(double slowdown = 1) {
    return R"({"bandwidth":")" + number(50 / slowdown) + R"( GB/s","latency":")" +
           (one_in(6) ? std::string("0 s") : number(1 + double(random_.below(5))) + " us") + "\"}";
  }
  topology::Fleet draw_fleet(std::string_view algorithm) {
    const std::string cable = R"("link":)" + link();
    const bool wants_torus = algorithm.starts_with("bucket");
    const bool wants_nodes = algorithm == "hierarchical" || algorithm == "two_level_all_to_all";
    const std::uint64_t kind = wants_torus ? 5 : wants_nodes ? 4 : random_.below(6);
    switch (kind) {
      case 0:
      case 1:
      case 2: {
        const std::uint64_t devices = one_in(2) ? std::uint64_t{1} << (1 + random_.below(4)) : 2 + random_.below(15);
        const std::string slow =
            kind == 0 ? R"(,"overrides":[{"from":"d1","to":"s0","bandwidth":"20 GB/s"}])" : std::string();
        return fleet_from(R"({"topology":"switch","devices":)" + std::to_string(devices) + "," + cable + slow + "}");
      }
      case 3:
        return fleet_from(R"({"topology":"fat_tree","radix":4,"levels":2,"oversubscription":)" +
                          std::to_string(1 + random_.below(2)) + "," + cable + "}");
      case 4:
        return fleet_from(R"({"node":"DGX_H100","nodes":)" + std::to_string(1 + random_.below(3)) +
                          R"(,"fabric":{"topology":")" + (one_in(2) ? "rail_optimized" : "switch") +
                          R"(","link":"InfiniBand_NDR"}})");
      default: {
        static const std::vector<std::string> dimensions = {"[4,4]",   "[3,3]", "[2,2]", "[5,3]",
                                                            "[2,2,2]", "[4,2]", "[5]"};
        return fleet_from(R"({"topology":"torus","dimensions":)" + dimensions[random_.below(dimensions.size())] + "," +
                          cable + "}");
      }
    }
  }
  void shuffle(CollectiveCase& subject) {
    std::vector<std::uint32_t> order = subject.workload.ranks;
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_.below(i)]);
    if (one_in(2) && order.size() > 3) order.resize(2 + random_.below(order.size() - 2));
    if (subject.workload.request.operation == Operation::all_to_all_v) return;
    keep_members(subject, order);
    if (!subject.workload.arrivals.empty()) subject.workload.arrivals.assign(order.size(), Seconds(1e-5));
  }

  RandomStream random_;
};

std::string described(const CollectiveCase& subject) {
  const auto& request = subject.workload.request;
  std::string text = std::string(to_text(request.operation)) + " " + request.algorithm + " on " +
                     std::to_string(subject.members.size()) + " of " + subject.fleet.name() + ", " +
                     number(request.bytes.si()) + " B, " + to_text(port_model_of(subject.engine)) + ", " +
                     std::to_string(request.segments) + " segments, " + std::to_string(request.channels) + " channels";
  if (request.element) text += ", elements";
  if (subject.engine.eager) text += ", eager";
  if (subject.workload.reduction_rate) text += ", reducing";
  if (!subject.workload.arrivals.empty()) text += ", late";
  if (subject.fidelity == workloads::Fidelity::flow) text += ", flow";
  return text;
}

TEST(CrossCheckProperty, Explore) {
  std::map<std::string, std::pair<int, int>> applied;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const CollectiveCase subject = Drawing(seed).draw();
    CrossCheck checked;
    try {
      checked = cross_check(subject, run);
    } catch (const InputError& error) {
      if (std::string(error.what()).find("no route") != std::string::npos) std::cerr << error.what() << "\n";
      ++applied[std::string("InputError ") + subject.workload.request.algorithm].first;
      continue;
    }
    for (const FormCheck& check : checked.forms) {
      auto& count = applied[std::string(check.form->id)];
      ++count.first;
      if (check.applies) ++count.second;
      if (check.applies && !check.holds) {
        std::cerr << "OFF " << seed << " " << check.form->id << " " << described(subject) << ": "
                  << check.relative_difference << "\n";
      }
      if (check.form->kind == ClosedForm::Kind::exact && check.broken_assumptions.size() == 1) {
        const auto& broken = check.broken_assumptions.front();
        const double wrong = (checked.simulated - check.prediction.time - broken.cost).si() / checked.simulated.si();
        if (std::abs(wrong) > 1e-9)
          std::cerr << "UNEXPLAINED " << seed << " " << check.form->id << " " << described(subject) << ": "
                    << broken.assumption << " " << broken.explanation << " cost " << broken.cost.si() << " of "
                    << (checked.simulated - check.prediction.time).si() << "\n";
      }
    }
  }
  for (const auto& [id, count] : applied) std::cerr << id << " " << count.first << " " << count.second << "\n";
}

}  // namespace
}  // namespace lockstep::validation
