#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "topology/fleet.hpp"
#include "workloads/collectives/collective_plan.hpp"

// Collective algorithms by name: each is one file and one line of the table in algorithms.cpp.
namespace lockstep::workloads {

// Which way round rings turn: towards higher members, lower ones, or every other channel each.
enum class Direction : std::uint8_t { forward, backward, alternating };

// Whether an all-reduce in one switch hands out results while it still reduces, or reduces everything first.
enum class Phases : std::uint8_t { overlapped, sequential };

// What is asked of a collective.
struct CollectiveRequest {
  Operation operation = Operation::all_reduce;
  std::string algorithm = "ring";
  Bytes bytes;  // the full vector; of all_to_all each member's whole send buffer; of barrier nothing
  RankId root = {};
  std::uint32_t segments = 1;
  std::uint32_t channels = 1;
  Direction direction = Direction::forward;
  std::optional<Bytes> element = {};
  std::vector<Bytes> sizes = {};                 // of all_to_all_v: from member s to member d at s·p + d
  std::string file = {};                         // of algorithms that are read from one, as the user wrote it
  std::string directory = {};                    // that `file` is relative to; empty: the current one
  std::vector<std::uint32_t> dimensions = {};    // of the grid that members stand on, first fastest; empty: the fleet's
  std::optional<std::uint32_t> group_size = {};  // so many members in a row share a node; absent: as the fleet says
  Phases phases = Phases::overlapped;
  std::string where = {};  // for messages: the place of the collective in the user's input
};

// Where it runs: algorithms that follow the network look at it.
struct CollectiveGround {
  const topology::Fleet& fleet;
  std::span<const topology::VertexId> members;  // where each member is
};

// Every message is a transfer of its own, or a member's messages to one peer are charged as steady flows
// (Send::messages says how many each stands for).
enum class Fidelity : std::uint8_t { message, flow };

// What a request may ask of some algorithms only.
enum class CollectiveOption : std::uint8_t { segments, channels, direction, dimensions, group_size, phases, file };

using PlanPointer = std::shared_ptr<const CollectivePlan>;
using PlanFunction = PlanPointer (*)(const CollectiveRequest&, const CollectiveGround&);

struct CollectiveAlgorithm {
  std::string_view name;
  std::string_view description;  // one sentence
  std::vector<Operation> operations;
  PlanFunction messages;
  PlanFunction flows;                          // the same function where every message is a flow of its own already
  std::vector<CollectiveOption> options = {};  // that it understands
};
std::span<const CollectiveAlgorithm> collective_algorithms();

// Whether there is such an algorithm, and it understands all options that the request states.
bool understands(std::string_view algorithm, const CollectiveRequest& request);

// The plan for a request. Throws InputError at request.where for an unknown algorithm, one that cannot do the operation
// or does not suit the ground, options that it does not understand, and sizes that make no sense.
PlanPointer plan_collective(const CollectiveRequest& request, const CollectiveGround& ground, Fidelity fidelity);

// The shape of a requested collective whose data is cut into so many blocks; of all_to_all it is always one for each
// pair of members.
CollectiveShape shape_of(const CollectiveRequest& request, std::uint32_t members, std::uint32_t blocks);

// Names as files and users write them.
const char* to_text(Operation operation);
Operation operation_from(const std::string& name, const std::string& where);
const char* to_text(Phases phases);
Phases phases_from(const std::string& name, const std::string& where);

}  // namespace lockstep::workloads
