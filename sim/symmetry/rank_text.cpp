#include "sim/symmetry/rank_text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

namespace lockstep::sim {

using workloads::Op;
using workloads::OpKind;
using workloads::RankId;
using workloads::StreamId;

namespace {

class Reader {
 public:
  Reader(const workloads::StepProgram& program, RankId rank, const SceneOfCall& scene_of)
      : program_(program), rank_(rank), scene_of_(scene_of) {}

  RankText read_all(Op& op) {
    const std::uint32_t streams = program_.stream_count(rank_);
    text_.does.append(std::uint64_t{streams});
    for (std::uint32_t stream = 0; stream < streams; ++stream) {
      const std::uint64_t length = program_.length(rank_, StreamId(stream));
      text_.does.append(length);
      text_.does.append(static_cast<std::uint64_t>(program_.order(rank_, StreamId(stream))));
      for (std::uint64_t position = 0; position < length; ++position) {
        place_ = {StreamId(stream), position};
        op.clear();
        program_.fetch(rank_, place_.stream, position, op);
        read(op);
      }
    }
    return std::move(text_);
  }

 private:
  // A name as the program has it.
  struct Key {
    std::uint64_t whom = 0;
    std::uint32_t tag = 0;
    RankText::Naming naming = RankText::Naming::send;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return Fingerprint::mixed(key.whom ^ std::uint64_t{key.tag} << 34 ^ static_cast<std::uint64_t>(key.naming) << 32);
    }
  };

  std::uint32_t number_of(const Key& key, std::uint32_t index) {
    const auto [known, is_new] = known_.try_emplace(key, static_cast<std::uint32_t>(text_.names.size()));
    if (is_new) text_.names.push_back({.naming = key.naming, .place = place_, .index = index});
    RankText::Name& name = text_.names[known->second];
    name.in_one_stream = name.in_one_stream && name.place.stream == place_.stream;
    return known->second;
  }

  void read(const Op& op) {
    Fingerprint& does = text_.does;
    does.append(static_cast<std::uint64_t>(op.kind) << 32 | std::uint64_t{op.label.phase} << 16 | op.label.layer);
    does.append(std::uint64_t{op.label.microbatch} << 32 | op.waits.size());
    for (std::uint32_t i = 0; i < op.waits.size(); ++i) read_wait(op.waits[i], i);
    text_.only_exchanges = text_.only_exchanges && op.kind == OpKind::exchange;
    switch (op.kind) {
      case OpKind::exchange:
        return read_exchange(op);
      case OpKind::compute:
        does.append(op.work.nominal.si());
        does.append(op.work.flops.si());
        does.append(op.work.memory_traffic.si());
        return does.append(op.work.attention.si());
      case OpKind::hold:
        return does.append(op.until.si());
      case OpKind::collective:
        return read_call(op);
    }
  }

  void read_wait(const workloads::Wait& wait, std::uint32_t index) {
    std::uint64_t whom = 0;  // oneself
    if (wait.rank) whom = 1 + std::uint64_t{number_of({wait.rank->value(), 0, RankText::Naming::wait}, index)};
    text_.does.append(whom << 32 | wait.stream.value());
    text_.does.append(wait.position);
    text_.does.append(wait.delay.si());
  }

  void read_exchange(const Op& op) {
    Fingerprint& does = text_.does;
    does.append(std::uint64_t{op.receives.size()} << 32 | op.sends.size());
    for (std::uint32_t i = 0; i < op.receives.size(); ++i) {
      const workloads::Receive& receive = op.receives[i];
      does.append(std::uint64_t{number_of({receive.peer.value(), receive.tag, RankText::Naming::receive}, i)});
    }
    for (std::uint32_t i = 0; i < op.sends.size(); ++i) {
      const workloads::Send& send = op.sends[i];
      const std::uint32_t name = number_of({send.peer.value(), send.tag, RankText::Naming::send}, i);
      text_.names[name].sent += send.bytes;
      count(op.label.phase, send.bytes);
      does.append(std::uint64_t{name} << 32 | send.messages);
      does.append(send.bytes.si());
    }
    does.append(op.reduce.si());
    if (op.reduce > Bytes(0) && last_combining_ != place_.stream) {
      last_combining_ = place_.stream;
      ++text_.combining;
    }
  }

  void read_call(const Op& op) {
    const CalledScene scene = scene_of_(op.collective);
    const std::uint32_t number = number_of({scene.number, 0, RankText::Naming::call}, called_);
    RankText::Name& name = text_.names[number];
    if (name.runs.empty()) ++called_;
    name.has_agents = scene.has_agents;
    std::uint32_t run = 0;
    for (const RankText::Runs& some : name.runs) run += some.count;
    const auto known = std::ranges::find(name.runs, op.label.phase, &RankText::Runs::phase);
    if (known == name.runs.end()) {
      name.runs.push_back({op.label.phase, 1});
    } else {
      ++known->count;
    }
    text_.calls.push_back({place_, name.index, run});
    text_.does.append(std::uint64_t{number} << 1 | (scene.has_agents ? 1 : 0));
  }

  void count(std::uint16_t phase, Bytes bytes) {
    if (phase >= text_.bytes_of_phase.size()) text_.bytes_of_phase.resize(phase + std::size_t{1});
    text_.bytes_of_phase[phase] += bytes;
  }

  const workloads::StepProgram& program_;
  RankId rank_;
  const SceneOfCall& scene_of_;
  RankText::Place place_;
  std::uint32_t called_ = 0;  // collectives that have names
  std::optional<StreamId> last_combining_ = {};
  std::unordered_map<Key, std::uint32_t, KeyHash> known_;
  RankText text_;
};

}  // namespace

const RankText::Call& RankText::call_at(const Place& place) const {
  return *std::ranges::lower_bound(calls, place, {}, &Call::place);
}

RankText text_of(const workloads::StepProgram& program, RankId rank, const SceneOfCall& scene_of, Op& op) {
  return Reader(program, rank, scene_of).read_all(op);
}

}  // namespace lockstep::sim
