#include "workloads/collectives/held_data.hpp"

#include <algorithm>
#include <cmath>

#include "base/unit_text.hpp"

namespace lockstep::workloads {
namespace {

bool about_equal(Bytes a, Bytes b) {
  return std::abs((a - b).si()) <= 1e-9 * std::max(a.si(), b.si());
}

std::vector<std::uint32_t> locations_of(const Op& op, BlockList list) {
  std::vector<std::uint32_t> all;
  for (std::uint32_t i = list.begin; i < list.end; ++i) {
    for (std::uint32_t k = 0; k < op.blocks[i].count; ++k) all.push_back(op.blocks[i].first + k);
  }
  return all;
}

}  // namespace

HeldData::HeldData(const CollectivePlan& plan) : plan_(plan), shape_(plan.shape()) {
  for (std::uint32_t rank = 0; rank < plan.rank_count(); ++rank) {
    Pieces& held = pieces_.emplace_back(shape_.members);
    held.resize(shape_.layout.blocks());
    if (is_agent(RankId(rank))) continue;
    for (std::uint32_t block = 0; block < shape_.layout.blocks(); ++block) {
      if (shape_.begins_with(rank, block)) held.put(block, block, rank);
    }
  }
}

std::string HeldData::name(RankId rank) const {
  return is_agent(rank) ? "agent " + std::to_string(rank.value() - shape_.members)
                        : "member " + std::to_string(rank.value());
}

DataFault HeldData::take(RankId rank, const Op& op, const Send& send, CarriedData& carried) const {
  const Pieces& held = pieces_[rank.value()];
  carried = {locations_of(op, send.blocks), Pieces(shape_.members)};
  Bytes size;
  for (const std::uint32_t location : carried.locations) {
    if (held.block(location) == Pieces::no_block) {
      return "it sends " + plan_.location_name(rank, location) + " to " + name(send.peer) +
             ", where there is nothing yet";
    }
    carried.pieces.append(held, location);
    size += shape_.layout.size({held.block(location), 1});
  }
  if (about_equal(size, send.bytes)) return std::nullopt;
  return "the message to " + name(send.peer) + " is said to have " + shortest_text(send.bytes.si()) +
         " bytes, and its blocks have " + shortest_text(size.si());
}

DataFault HeldData::deliver(RankId rank, const Op& op, const Receive& receive, const CarriedData& carried,
                            Bytes& combined) {
  std::vector<std::uint32_t> targets = locations_of(op, receive.blocks);
  if (targets.empty()) targets = carried.locations;
  if (targets.size() != carried.locations.size()) {
    return std::to_string(carried.locations.size()) + " blocks come in from " + name(receive.peer) +
           ", and there is room for " + std::to_string(targets.size());
  }
  DataFault fault;
  for (std::size_t i = 0; i < targets.size() && !fault; ++i) {
    fault = put(rank, receive.arrival, targets[i], {carried.pieces, i, name(receive.peer)}, combined);
  }
  return fault;
}

DataFault HeldData::move(RankId rank, const Move& move, Bytes& combined) {
  const std::string source = plan_.location_name(rank, move.from);
  if (pieces_[rank.value()].block(move.from) == Pieces::no_block) {
    return "it takes what is in " + source + ", where there is nothing yet";
  }
  Pieces taken(shape_.members);
  taken.append(pieces_[rank.value()], move.from);
  return put(rank, move.arrival, move.to, {taken, 0, source}, combined);
}

DataFault HeldData::put(RankId rank, Arrival arrival, std::uint32_t location, const Arriving& arriving,
                        Bytes& combined) {
  Pieces& held = pieces_[rank.value()];
  if (location >= held.size()) held.resize(std::size_t{location} + 1);
  const std::uint32_t present = held.block(location);
  const std::uint32_t block = arriving.from.block(arriving.piece);
  if (arrival == Arrival::replace || (is_agent(rank) && present == Pieces::no_block)) {
    held.replace(location, arriving.from, arriving.piece);
    return std::nullopt;
  }
  const std::string what = "block " + std::to_string(block) + " from " + arriving.source;
  if (present == Pieces::no_block) return "there is nothing to combine " + what + " with";
  if (present != block) return what + " would be combined with block " + std::to_string(present);
  combined += shape_.layout.size({block, 1});
  if (const auto doubled = held.combine(location, arriving.from, arriving.piece)) {
    return what + " brings the contribution of member " + std::to_string(*doubled) + " a second time";
  }
  return std::nullopt;
}

DataFault HeldData::check_combined(RankId rank, const Op& op, Bytes combined) const {
  // Agents combine for free.
  if (is_agent(rank) || about_equal(op.reduce, combined)) return std::nullopt;
  return "it is said to combine " + shortest_text(op.reduce.si()) + " bytes, and combines " +
         shortest_text(combined.si());
}

DataFault HeldData::check_result() const {
  DataFault fault;
  for (std::uint32_t member = 0; member < shape_.members && !fault; ++member) {
    for (std::uint32_t block = 0; block < shape_.layout.blocks() && !fault; ++block) {
      if (shape_.ends_with(member, block)) fault = check_block(member, block);
    }
  }
  return fault;
}

DataFault HeldData::check_block(std::uint32_t member, std::uint32_t block) const {
  // Nothing has to be moved from one member to another that has no data for it.
  if (shape_.operation == Operation::all_to_all_v && !(shape_.layout.size({block, 1}) > Bytes(0))) return std::nullopt;
  const std::string where = "at the end member " + std::to_string(member) + " ";
  const std::string what = "block " + std::to_string(block);
  const Pieces& held = pieces_[member];
  if (held.block(block) == Pieces::no_block) return where + "lacks " + what;
  if (held.block(block) != block) {
    return where + "has block " + std::to_string(held.block(block)) + " where " + what + " belongs";
  }
  const auto is_due = [&](std::uint32_t other) { return shape_.reduces() || other == shape_.origin(block); };
  std::uint32_t other = 0;
  while (other < shape_.members && held.contains(block, other) == is_due(other)) ++other;
  if (other == shape_.members) return std::nullopt;
  return where + "has " + what + (is_due(other) ? " without" : " with") + " the contribution of member " +
         std::to_string(other);
}

}  // namespace lockstep::workloads
