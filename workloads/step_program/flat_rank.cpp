#include "workloads/step_program/flat_rank.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace lockstep::workloads {
namespace {

// Calls `look(op)` for all operations of a rank.
template <class Look>
void for_each_op(const StepProgram& program, RankId rank, Look look) {
  Op op;
  for (std::uint32_t stream = 0; stream < program.stream_count(rank); ++stream) {
    const std::uint64_t length = program.length(rank, StreamId(stream));
    for (std::uint64_t position = 0; position < length; ++position) {
      op.clear();
      program.fetch(rank, StreamId(stream), position, op);
      look(op);
    }
  }
}

// One more than the highest tag.
std::uint64_t tags_of(const Op& op) {
  std::uint64_t tags = 0;
  for (const Send& send : op.sends) tags = std::max(tags, std::uint64_t{send.tag} + 1);
  for (const Receive& receive : op.receives) tags = std::max(tags, std::uint64_t{receive.tag} + 1);
  return tags;
}

}  // namespace

FlatCalls::FlatCalls(const StepProgram& program, CollectiveLines lines) : lines_(lines) {
  look_at(program);
  for (auto& [number, called] : called_) {
    check(called.call);
    if (are_calls()) continue;
    called.first_tag = static_cast<Tag>(next_tag_);
    std::uint64_t tags = 0;
    const StepProgram& plan = *called.call.plan;
    for (std::uint32_t member = 0; member < plan.rank_count(); ++member) {
      for_each_op(plan, RankId(member), [&](const Op& op) { tags = std::max(tags, tags_of(op)); });
    }
    next_tag_ += tags;
    if (next_tag_ > UINT32_MAX) {
      throw InputError({.where = "program", .problem = "its collectives have more messages than there are tags"});
    }
  }
}

void FlatCalls::look_at(const StepProgram& program) {
  for (std::uint32_t rank = 0; rank < program.rank_count(); ++rank) {
    for_each_op(program, RankId(rank), [&](const Op& op) {
      next_tag_ = std::max(next_tag_, tags_of(op));
      if (op.kind != OpKind::collective || called_.count(op.collective) != 0) return;
      called_.emplace(op.collective, Called{.call = program.collective(op.collective)});
    });
  }
}

void FlatCalls::check(const CollectiveCall& call) const {
  if (are_calls()) {
    if (call.request != nullptr) return;
    throw InputError({.where = "program",
                      .problem = "it calls collectives that are no algorithm's, but its own",
                      .suggestion = "write them as messages"});
  }
  const StepProgram& plan = *call.plan;
  const auto refuse = [](const char* problem) {
    throw InputError({.where = "program", .problem = problem, .suggestion = "write its collectives as calls"});
  };
  if (plan.first_agent() < plan.rank_count()) refuse("agents of the network take part in one of its collectives");
  for (std::uint32_t member = 0; member < plan.rank_count(); ++member) {
    for (std::uint32_t stream = 0; stream < plan.stream_count(RankId(member)); ++stream) {
      if (plan.order(RankId(member), StreamId(stream)) == StreamOrder::ahead) {
        refuse("one of its collectives receives ahead, from when it is called");
      }
    }
    for_each_op(plan, RankId(member), [&](const Op& op) {
      if (op.kind == OpKind::collective) refuse("one of its collectives calls others");
    });
  }
}

FlatRank::FlatRank(const StepProgram& program, RankId rank, const FlatCalls& calls)
    : program_(program), rank_(rank), calls_(calls), done_at_(program.stream_count(rank)) {
  walk([](const FlatOp&) {});
  is_known_ = true;
}

void FlatRank::walk(const Visitor& visitor) {
  for (FlatStream& stream : streams_) stream.length = 0;
  for (std::uint32_t i = 0; i < program_.stream_count(rank_); ++i) {
    const StreamId stream(i);
    if (!is_known_) {
      own_.push_back(static_cast<std::uint32_t>(streams_.size()));
      streams_.push_back({.name = program_.stream_name(rank_, stream), .order = program_.order(rank_, stream)});
    }
    const std::uint64_t length = program_.length(rank_, stream);
    for (std::uint64_t position = 0; position < length; ++position) {
      op_.clear();
      program_.fetch(rank_, stream, position, op_);
      step(own_[i], visitor);
      const bool may_move = !is_known_ && !calls_.are_calls();
      if (may_move) done_at_[i].push_back(streams_[own_[i]].length - 1);
    }
  }
}

FlatPlace FlatRank::add(std::uint32_t stream, FlatOp op, const Visitor& visitor) {
  op.place = {stream, streams_[stream].length++};
  visitor(op);
  return op.place;
}

// What the operation of the program waits for.
std::vector<FlatPlace> FlatRank::waits_of_call() const {
  std::vector<FlatPlace> waits;
  if (!is_known_) return waits;
  for (const Wait& wait : op_.waits) {
    const bool is_plain = wait.rank.value_or(rank_) == rank_ && wait.delay == Seconds(0);
    if (!is_plain) {
      throw InputError({.where = "program",
                        .problem = "its operations wait for those of other ranks, or for a time after them, which "
                                   "program files cannot say"});
    }
    const std::uint32_t stream = wait.stream.value();
    const std::uint64_t position = calls_.are_calls() ? wait.position : done_at_[stream][wait.position];
    waits.push_back({own_[stream], position});
  }
  return waits;
}

void FlatRank::step(std::uint32_t stream, const Visitor& visitor) {
  if (op_.kind != OpKind::collective || calls_.are_calls()) {
    add(stream, {.op = &op_, .waits = waits_of_call(), .program = &program_}, visitor);
    return;
  }
  const StepProgram& plan = *calls_.call(op_.collective).plan;
  if (plan.stream_count(op_.member) == 1 && plan.length(op_.member, StreamId(0)) > 0) {
    put_in_place(stream, plan, visitor);
  } else {
    put_beside(stream, plan, visitor);
  }
}

// Messages of members become messages of ranks.
void FlatRank::name_ranks(Op& op) const {
  const std::vector<RankId>& members = *calls_.call(op_.collective).members;
  for (Send& send : op.sends) send.peer = members[send.peer.value()];
  for (Receive& receive : op.receives) receive.peer = members[receive.peer.value()];
}

void FlatRank::put_in_place(std::uint32_t stream, const StepProgram& plan, const Visitor& visitor) {
  const std::uint64_t length = plan.length(op_.member, StreamId(0));
  Op op;
  for (std::uint64_t position = 0; position < length; ++position) {
    op.clear();
    plan.fetch(op_.member, StreamId(0), position, op);
    name_ranks(op);
    // A plan of one stream has nothing else to wait for.
    add(stream,
        {.op = &op,
         .waits = position == 0 ? waits_of_call() : std::vector<FlatPlace>(),
         .program = &plan,
         .first_tag = calls_.first_tag(op_.collective)},
        visitor);
  }
}

// The stream that the plan's stream runs on, beside the one that calls.
std::uint32_t FlatRank::beside(std::uint32_t caller, StreamId stream, const std::string& name) {
  const auto [known, is_new] = beside_.try_emplace({caller, stream, name}, static_cast<std::uint32_t>(streams_.size()));
  if (is_new) streams_.push_back({.name = streams_[caller].name + " / " + name});
  return known->second;
}

void FlatRank::put_beside(std::uint32_t stream, const StepProgram& plan, const Visitor& visitor) {
  Op nothing;
  nothing.label = op_.label;
  const FlatPlace begin = add(stream, {.op = &nothing, .waits = waits_of_call(), .program = &program_}, visitor);
  const std::uint32_t streams = plan.stream_count(op_.member);
  std::vector<FlatPlace> first;  // operation of each stream of the plan
  for (std::uint32_t i = 0; i < streams; ++i) {
    const std::uint32_t at = beside(stream, StreamId(i), plan.stream_name(op_.member, StreamId(i)));
    first.push_back({at, streams_[at].length});
  }
  std::vector<FlatPlace> ends;
  Op op;
  for (std::uint32_t i = 0; i < streams; ++i) {
    const std::uint64_t length = plan.length(op_.member, StreamId(i));
    for (std::uint64_t position = 0; position < length; ++position) {
      op.clear();
      plan.fetch(op_.member, StreamId(i), position, op);
      std::vector<FlatPlace> waits;
      if (position == 0) waits.push_back(begin);
      for (const Wait& wait : op.waits) {
        const FlatPlace& start = first[wait.stream.value()];
        waits.push_back({start.stream, start.position + wait.position});
      }
      name_ranks(op);
      const FlatPlace place =
          add(first[i].stream,
              {.op = &op, .waits = std::move(waits), .program = &plan, .first_tag = calls_.first_tag(op_.collective)},
              visitor);
      if (position + 1 == length) ends.push_back(place);
    }
  }
  if (!ends.empty()) add(stream, {.op = &nothing, .waits = std::move(ends), .program = &program_}, visitor);
}

}  // namespace lockstep::workloads
