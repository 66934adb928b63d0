// Conditions on links, and on how messages share them.
#include <algorithm>
#include <cmath>

#include "base/unit_text.hpp"
#include "validation/closed_forms/assumptions.hpp"

namespace lockstep::validation {
namespace {

using topology::Channel;
using topology::LinkId;

using Sentence = std::optional<std::string>;

std::string factor_text(double factor) {
  std::string text = shortest_text(std::round(factor * 1000) / 1000);
  if (text.find('.') == std::string::npos) text += ".0";
  return "×" + text;
}

std::string ends_of(const Situation& situation, const Connection& connection) {
  return "from " + situation.fleet().vertex(connection.source).name + " to " +
         situation.fleet().vertex(connection.target).name;
}

// The slowest link of a route, by name.
std::string slowest_link(const Situation& situation, const Connection& connection) {
  const topology::Fleet& fleet = situation.fleet();
  for (const LinkId link : situation.traffic().links(connection)) {
    if (fleet.channel_of(link).bandwidth == connection.bandwidth) return fleet.channel_name(fleet.link(link).channel);
  }
  return ends_of(situation, connection);
}

Sentence unlike(const Situation& situation, const Connection& connection, const Hockney& most) {
  if (!same(pace(connection.bandwidth).si(), most.beta.si())) {
    return "link " + slowest_link(situation, connection) + " has " + to_text(connection.bandwidth) +
           " where the others have " + to_text(1 / most.beta);
  }
  if (!same(connection.latency.si(), most.alpha.si())) {
    return "the way " + ends_of(situation, connection) + " has " + to_text(connection.latency) +
           " of latency where the others have " + to_text(most.alpha);
  }
  return std::nullopt;
}

// Of the connections that differ, the slowest tells most.
Sentence slowest_unlike(const Situation& situation, const ByReach<Hockney>& most) {
  const Connection* worst = nullptr;
  const auto slower = [](const Connection& a, const Connection& b) {
    return a.bandwidth != b.bandwidth ? a.bandwidth < b.bandwidth : a.latency > b.latency;
  };
  for (const Connection& connection : situation.traffic().connections()) {
    if (!unlike(situation, connection, connection.leaves_node ? most.between : most.inside)) continue;
    if (worst == nullptr || slower(connection, *worst)) worst = &connection;
  }
  if (worst == nullptr) return std::nullopt;
  return unlike(situation, *worst, worst->leaves_node ? most.between : most.inside);
}

Sentence other_port_model(const Situation& situation, const ClosedForm& form) {
  const auto& models = form.port_models;
  if (std::find(models.begin(), models.end(), situation.port_model()) != models.end()) return std::nullopt;
  std::string meant;
  for (const PortModel model : models) meant.append(meant.empty() ? "" : ", ").append(to_text(model));
  return "the simulation has " + std::string(to_text(situation.port_model())) + ", the form means " + meant;
}

// Ports that are held for latency and bytes depend on nothing else; only forms that mean others get those.
void grant_port_model(CollectiveCase& subject, const Situation&, const ClosedForm& form) {
  const auto& models = form.port_models;
  const bool has_blocking = std::find(models.begin(), models.end(), PortModel::blocking) != models.end();
  subject.engine = with_port_model(subject.engine, has_blocking ? PortModel::blocking : models.front());
}

Sentence unequal_links(const Situation& situation, const ClosedForm&) {
  return slowest_unlike(situation, {situation.cost(), situation.cost()});
}

Sentence unequal_links_per_reach(const Situation& situation, const ClosedForm&) {
  return slowest_unlike(situation, situation.cost_by_reach());
}

Sentence unequal_latency(const Situation& situation, const ClosedForm&) {
  for (const Connection& connection : situation.traffic().connections()) {
    Hockney most = situation.cost();
    most.beta = pace(connection.bandwidth);
    if (auto sentence = unlike(situation, connection, most)) return sentence;
  }
  return std::nullopt;
}

Bandwidth bandwidth_of(Pace byte) {
  return 1 / byte;
}

void grant_equal_links(CollectiveCase& subject, const Situation& situation, const ClosedForm&) {
  const Hockney& most = situation.cost();
  subject.changes.latency = {most.alpha, most.alpha};
  subject.changes.bandwidth = {bandwidth_of(most.beta), bandwidth_of(most.beta)};
}

void grant_equal_links_per_reach(CollectiveCase& subject, const Situation& situation, const ClosedForm&) {
  const ByReach<Hockney>& most = situation.cost_by_reach();
  subject.changes.latency = {most.inside.alpha, most.between.alpha};
  subject.changes.bandwidth = {bandwidth_of(most.inside.beta), bandwidth_of(most.between.beta)};
}

void grant_equal_latency(CollectiveCase& subject, const Situation& situation, const ClosedForm&) {
  subject.changes.latency = {situation.cost().alpha, situation.cost().alpha};
}

void grant_no_latency(CollectiveCase& subject, const Situation&, const ClosedForm&) {
  subject.changes.latency = {Seconds(0), Seconds(0)};
}

Sentence contended(const Situation& situation, const ClosedForm&) {
  if (situation.port_model() != PortModel::fluid) return std::nullopt;  // other networks do not share links
  const auto& worst = situation.crowding().worst;
  if (!worst) return std::nullopt;
  return "link " + situation.fleet().channel_name(worst->channel) + " carries " + std::to_string(worst->messages) +
         " messages at once, which could use " + factor_text(worst->excess).substr(std::string("×").size()) +
         " times its " + to_text(situation.fleet().channel(worst->channel).bandwidth) + ": " +
         factor_text(worst->excess);
}

void grant_uncontended(CollectiveCase& subject, const Situation&, const ClosedForm&) {
  subject.changes.sharing = LinkChanges::Sharing::nowhere;
}

void grant_nonblocking(CollectiveCase& subject, const Situation&, const ClosedForm&) {
  subject.changes.sharing = LinkChanges::Sharing::at_the_ends;
}

// The channel for which `messages` over its bandwidth is most.
topology::ChannelId busiest_channel(const Situation& situation) {
  const auto channels = situation.fleet().channels();
  std::size_t busiest = 0;
  double most = -1;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    if (channels[i].sharing != topology::Sharing::shared) continue;
    const double load = situation.messages_by_channel()[i] / channels[i].bandwidth.si();
    if (load <= most) continue;
    most = load;
    busiest = i;
  }
  return topology::ChannelId(busiest);
}

Sentence blocking_fabric(const Situation& situation, const ClosedForm&) {
  const Pace ports = (situation.members() - 1.0) * situation.cost().beta;
  if (situation.busiest() <= ports * (1 + 1e-9)) return std::nullopt;
  const topology::ChannelId busiest = busiest_channel(situation);
  const double ratio = situation.busiest() / ports;
  return "link " + situation.fleet().channel_name(busiest) + " carries " +
         std::to_string(situation.messages_by_channel()[busiest.value()]) + " messages at once over " +
         to_text(situation.fleet().channel(busiest).bandwidth) + ", where one link of " +
         to_text(bandwidth_of(situation.cost().beta)) + " for the " + std::to_string(situation.members() - 1) +
         " messages of each member is meant: " + factor_text(ratio);
}

Sentence several_links(const Situation& situation, const ClosedForm&) {
  const Pace ports = (situation.members() - 1.0) * situation.cost().beta;
  if (situation.busiest() >= ports * (1 - 1e-9)) return std::nullopt;
  const topology::ChannelId busiest = busiest_channel(situation);
  return "no link carries all " + std::to_string(situation.members() - 1) + " messages of a member: the busiest, " +
         situation.fleet().channel_name(busiest) + ", carries " +
         std::to_string(situation.messages_by_channel()[busiest.value()]);
}

Sentence uneven_shares(const Situation& situation, const ClosedForm&) {
  const Connection* least = nullptr;
  Pace fastest = situation.busiest();
  for (const Connection& connection : situation.traffic().connections()) {
    const Pace share = situation.share(connection);
    if (same(share.si(), situation.busiest().si())) {
      least = &connection;
    } else {
      fastest = std::min(fastest, share);
    }
  }
  if (least == nullptr || same(fastest.si(), situation.busiest().si())) return std::nullopt;
  return "messages " + ends_of(situation, *least) + " get " + to_text(bandwidth_of(situation.busiest())) +
         " of the busiest link where others get " + to_text(bandwidth_of(fastest)) +
         ", so that steps without a barrier get out of phase";
}

Sentence not_one_link(const Situation& situation, const ClosedForm&) {
  const std::size_t all = situation.traffic().connections().size();
  for (std::size_t i = 0; i < situation.messages_by_channel().size(); ++i) {
    const Channel& channel = situation.fleet().channels()[i];
    if (situation.messages_by_channel()[i] < all || channel.sharing != topology::Sharing::shared) continue;
    const auto connections = situation.traffic().connections();
    const bool is_narrowest = std::all_of(connections.begin(), connections.end(), [&](const Connection& connection) {
      return connection.bandwidth >= channel.bandwidth;
    });
    if (is_narrowest) return std::nullopt;
  }
  return "no link is on the way of all " + std::to_string(all) + " messages and the narrowest of it";
}

// All that leaves a node, or enters it, takes one link that is the narrowest on its way and that nobody else takes.
Sentence several_nics(const Situation& situation, const ClosedForm&) {
  const auto nodes = situation.nodes();
  const std::uint32_t rails = nodes ? nodes->members : 1;
  for (const Connection& connection : situation.traffic().connections()) {
    if (!connection.leaves_node) continue;
    bool shares = false;
    for (const LinkId link : situation.traffic().links(connection)) {
      const Channel& channel = situation.fleet().channel_of(link);
      const std::uint32_t messages = situation.messages_by_channel()[situation.fleet().link(link).channel.value()];
      const bool narrowest = same(channel.bandwidth.si(), connection.bandwidth.si());
      if (narrowest && messages == rails) shares = true;
      if (messages * pace(channel.bandwidth) > rails * pace(connection.bandwidth) * (1 + 1e-9)) shares = false;
    }
    if (shares) continue;
    return "the messages " + ends_of(situation, connection) + " do not share one link with the other " +
           std::to_string(rails - 1) + " of their node";
  }
  return std::nullopt;
}

Sentence some_latency(const Situation& situation, const ClosedForm&) {
  for (const Connection& connection : situation.traffic().connections()) {
    if (!(connection.latency > Seconds(0))) continue;
    return "the way " + ends_of(situation, connection) + " has " + to_text(connection.latency) + " of latency";
  }
  return std::nullopt;
}

}  // namespace

const Assumption port_model = {"port_model", "Messages share ports and links as the form means it.", other_port_model,
                               grant_port_model};
const Assumption equal_links = {"equal_links", "Every message crosses links of one latency and bandwidth.",
                                unequal_links, grant_equal_links};
const Assumption equal_links_per_reach = {"equal_links_per_reach",
                                          "Messages inside nodes are all alike, and so are those between nodes.",
                                          unequal_links_per_reach, grant_equal_links_per_reach};
const Assumption equal_latency = {"equal_latency", "Every message has the same latency.", unequal_latency,
                                  grant_equal_latency};
const Assumption uncontended = {"uncontended", "No link is wanted by more messages at once than it can carry.",
                                contended, grant_uncontended};
const Assumption nonblocking_fabric = {"nonblocking_fabric", "No link is busier than those at the members.",
                                       blocking_fabric, grant_nonblocking};
const Assumption one_link_each = {"one_link_each", "All messages of a member share one link.", several_links, nullptr};
const Assumption even_shares = {"even_shares",
                                "All messages of a step get the same share, or a barrier keeps the steps together.",
                                uneven_shares, nullptr};
const Assumption one_link_shared = {"one_link_shared", "One link is on the way of all messages, and the narrowest.",
                                    not_one_link, nullptr};
const Assumption one_nic_per_node = {"one_nic_per_node",
                                     "All that leaves a node shares one link, and so does all that "
                                     "enters it.",
                                     several_nics, nullptr};
const Assumption no_latency = {"no_latency", "Messages have no latency.", some_latency, grant_no_latency};

}  // namespace lockstep::validation
