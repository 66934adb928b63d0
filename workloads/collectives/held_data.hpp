#pragma once

#include <optional>
#include <string>
#include <vector>

#include "workloads/collectives/collective_plan.hpp"
#include "workloads/collectives/pieces.hpp"

namespace lockstep::workloads {

// What a message carries.
struct CarriedData {
  std::vector<std::uint32_t> locations;  // where it was at the sender's
  Pieces pieces = Pieces(0);
};

// What goes wrong, as a sentence without a full stop.
using DataFault = std::optional<std::string>;

// What the members and agents of a plan hold, as sets of contributions in place of numbers: who holds what at the
// beginning, what messages and moves make of it, and whether it is what the operation promises at the end.
class HeldData {
 public:
  explicit HeldData(const CollectivePlan& plan);  // which outlives it

  // Puts into `carried` what the send finds at this moment.
  DataFault take(RankId rank, const Op& op, const Send& send, CarriedData& carried) const;
  // Puts what comes in where the receive wants it; adds to `combined` what is summed.
  DataFault deliver(RankId rank, const Op& op, const Receive& receive, const CarriedData& carried, Bytes& combined);
  DataFault move(RankId rank, const Move& move, Bytes& combined);
  // Whether an operation says rightly how much it combines.
  DataFault check_combined(RankId rank, const Op& op, Bytes combined) const;
  // The first block that is not where it belongs, or not whole.
  DataFault check_result() const;

  // "member 3" or "agent 0".
  std::string name(RankId rank) const;

 private:
  // A piece on its way into a location, and where it is from, in words.
  struct Arriving {
    const Pieces& from;
    std::size_t piece;
    std::string source;
  };

  DataFault put(RankId rank, Arrival arrival, std::uint32_t location, const Arriving& arriving, Bytes& combined);
  DataFault check_block(std::uint32_t member, std::uint32_t block) const;
  bool is_agent(RankId rank) const { return rank.value() >= shape_.members; }

  const CollectivePlan& plan_;
  const CollectiveShape& shape_;
  std::vector<Pieces> pieces_;  // of each participant, by location
};

}  // namespace lockstep::workloads
