#pragma once

#include <optional>
#include <string>
#include <vector>

#include "validation/closed_forms/hierarchical.hpp"
#include "validation/crowding.hpp"

namespace lockstep::validation {

// How messages share what they need, as closed forms tell it apart.
enum class PortModel : std::uint8_t {
  fluid,            // max-min fair shares of every link
  contention_free,  // nothing is shared
  blocking,         // one port each way, held for latency and bytes (H-block)
  hiding_latency,   // one port each way, held for the bytes alone (H-lat)
  loggp
};
const char* to_text(PortModel model);
PortModel port_model_of(const sim::EngineOptions& engine);
// An engine of that port model, as like the given one as it can be.
sim::EngineOptions with_port_model(sim::EngineOptions engine, PortModel model);

// What is true of a case: the figures that closed forms take, and what their assumptions look at.
class Situation {
 public:
  explicit Situation(const CollectiveCase& subject);

  const CollectiveCase& subject() const { return *subject_; }
  const workloads::CollectiveRequest& request() const { return subject_->workload.request; }
  const topology::Fleet& fleet() const { return subject_->fleet; }
  std::uint32_t members() const { return static_cast<std::uint32_t>(subject_->members.size()); }
  Bytes bytes() const { return request().bytes; }
  std::uint32_t segments() const { return request().segments; }
  PortModel port_model() const { return port_model_; }
  const Traffic& traffic() const { return traffic_; }
  // What is to be achieved, and how the data is cut; null where messages are stated one by one.
  const workloads::CollectiveShape* shape() const { return shape_ ? &*shape_ : nullptr; }

  // What most messages cost; most of those inside nodes, and of those between them.
  const Hockney& cost() const { return cost_; }
  const ByReach<Hockney>& cost_by_reach() const { return cost_by_reach_; }

  // Nodes with equally many members each; absent where the fleet or the members are not like that.
  const std::optional<Nodes>& nodes() const { return nodes_; }
  // The sides of the torus that all members together are; empty where they are none.
  const std::vector<std::uint32_t>& sides() const { return sides_; }

  // Of a run without contention; that run happens when it is first asked for.
  const Crowding& crowding() const;
  // How many connections lead over each channel.
  const std::vector<std::uint32_t>& messages_by_channel() const { return messages_by_channel_; }
  // When every connection carries one message at once: what each byte of one then takes at most, max_l f_l/C_l.
  Pace busiest() const { return busiest_; }
  // The same for the messages of one connection alone.
  Pace share(const Connection& connection) const;

 private:
  const CollectiveCase* subject_;
  PortModel port_model_;
  std::optional<workloads::CollectiveShape> shape_;
  Traffic traffic_;
  Hockney cost_;
  ByReach<Hockney> cost_by_reach_;
  std::optional<Nodes> nodes_;
  std::vector<std::uint32_t> sides_;
  std::vector<std::uint32_t> messages_by_channel_;
  Pace busiest_;
  mutable std::optional<Crowding> crowding_;
};

// What an assumption grants for one form and not for another: the port model is the one that the form has in mind.
std::string variant_of(const CollectiveCase& subject);

// Equal but for rounding.
bool same(double a, double b);

}  // namespace lockstep::validation
