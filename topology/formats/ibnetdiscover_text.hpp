#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.hpp"

namespace lockstep::topology {

// One section of the output of ibnetdiscover: a switch or adapter and what is plugged into its ports.
struct InfinibandNode {
  struct Peer {
    std::string id;
    std::uint32_t port = 0;
    std::string description;
    std::optional<Bandwidth> speed;
    std::size_t line = 0;
  };
  std::string id;  // "S-…" of a switch, "H-…" of a channel adapter, "R-…" of a router
  std::string description;
  std::map<std::uint32_t, Peer> ports;

  bool is_switch() const { return id.starts_with('S'); }
};

// The sections in the order of the text. Throws InputError naming the line for what is cut off or stated twice.
std::vector<InfinibandNode> parse_ibnetdiscover(const std::string& text, const std::string& file);

// What one direction of a link carries whose width and rate ibnetdiscover writes as "4xNDR"; absent for anything else.
std::optional<Bandwidth> infiniband_speed(std::string_view width_and_rate);

}  // namespace lockstep::topology
