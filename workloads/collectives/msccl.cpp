#include "workloads/collectives/msccl.hpp"

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "base/text_file.hpp"
#include "workloads/collectives/data_flow.hpp"
#include "workloads/collectives/msccl_file.hpp"
#include "workloads/collectives/request_checks.hpp"

namespace lockstep::workloads {
namespace {

// Every threadblock is a stream, and a second one that receives ahead of its steps, as MSCCL's connections buffer what
// arrives, into room of its own. One more stream of each GPU fills the input buffer in the beginning and hands out the
// output buffer in the end; these moves, like MSCCL's own local copies, take no time.
class MscclPlan final : public CollectivePlan {
 public:
  MscclPlan(CollectiveShape shape, MscclFile file);

  std::uint32_t stream_count(RankId rank) const override { return buffers_stream(rank).value() + 1; }
  StreamOrder order(RankId rank, StreamId stream) const override {
    return is_receiving(rank, stream) ? StreamOrder::ahead : StreamOrder::in_turn;
  }
  std::uint64_t length(RankId rank, StreamId stream) const override;
  std::string stream_name(RankId rank, StreamId stream) const override;
  std::string location_name(RankId rank, std::uint32_t location) const override;
  void fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const override;

  // Where in the file an operation comes from.
  std::string where(RankId rank, StreamId stream, std::uint64_t position) const;
  // How many locations all GPUs have.
  std::uint64_t locations() const;

 private:
  struct Step {
    std::uint32_t first_op = 0;
    std::uint32_t room = 0;     // the location where it receives to
    std::uint32_t receive = 0;  // how many of its threadblock receive before it
  };
  struct Block {
    std::vector<Step> steps;
    std::vector<std::uint32_t> receiving;  // the steps that receive
    std::uint32_t ops = 0;
  };
  struct Gpu {
    std::uint32_t input = 0, output = 0, scratch = 0, end = 0;  // locations
    std::vector<Block> blocks;
  };

  const MscclGpu& listed(RankId rank) const { return file_.gpus[rank.value()]; }
  const Gpu& gpu(RankId rank) const { return gpus_[rank.value()]; }
  StreamId buffers_stream(RankId rank) const { return StreamId(2 * gpu(rank).blocks.size()); }
  bool is_receiving(RankId rank, StreamId stream) const {
    return stream.value() % 2 == 1 && stream != buffers_stream(rank);
  }
  static bool has_own_op(const MscclStepKind& kind) { return kind.receives || !kind.sends; }
  static std::uint32_t ops_of(const MscclStepKind& kind) { return (has_own_op(kind) ? 1 : 0) + (kind.sends ? 1 : 0); }

  void place_gpu(std::uint32_t number);
  std::uint32_t step_at(const Block& block, std::uint64_t position) const;
  std::uint32_t location(RankId rank, MscclPlace place) const;
  std::uint32_t input_block(RankId rank, std::uint32_t chunk) const;
  std::uint32_t output_block(RankId rank, std::uint32_t chunk) const;
  std::uint32_t share() const { return file_.chunks / shape().members; }
  Bytes bytes_of(std::uint32_t chunks) const { return chunks * shape().layout.size({0, 1}); }

  void fetch_buffers(RankId rank, std::uint64_t position, Op& op) const;
  void fetch_receive(RankId rank, std::uint32_t block, std::uint64_t position, Op& op) const;
  void add_waits(RankId rank, std::uint32_t block, std::uint32_t step, Op& op) const;
  void add_moves(RankId rank, const MscclStep& step, std::uint32_t room, Op& op) const;

  MscclFile file_;
  std::vector<Gpu> gpus_;
};

MscclPlan::MscclPlan(CollectiveShape shape, MscclFile file)
    : CollectivePlan(std::move(shape)), file_(std::move(file)), gpus_(file_.gpus.size()) {
  for (std::uint32_t number = 0; number < gpus_.size(); ++number) place_gpu(number);
}

// Beyond the blocks come the buffers, in-place ones within one vector, and the room to receive in.
void MscclPlan::place_gpu(std::uint32_t number) {
  Gpu& gpu = gpus_[number];
  gpu.input = gpu.output = shape().layout.blocks();
  if (!file_.in_place) {
    gpu.output += file_.size(MscclBuffer::input, number);
    gpu.scratch = gpu.output + file_.size(MscclBuffer::output, number);
  } else {
    if (file_.operation == Operation::all_gather) gpu.input += number * share();
    if (file_.operation == Operation::reduce_scatter) gpu.output += number * share();
    gpu.scratch = shape().layout.blocks() + file_.chunks;
  }
  gpu.end = gpu.scratch + file_.size(MscclBuffer::scratch, number);
  for (const MscclBlock& listed : file_.gpus[number].blocks) {
    Block block;
    for (const MscclStep& step : listed.steps) {
      block.steps.push_back({block.ops, gpu.end, static_cast<std::uint32_t>(block.receiving.size())});
      block.ops += ops_of(step.kind);
      if (!step.kind.receives) continue;
      gpu.end += step.count;
      block.receiving.push_back(static_cast<std::uint32_t>(block.steps.size() - 1));
    }
    gpu.blocks.push_back(std::move(block));
  }
}

std::uint64_t MscclPlan::locations() const {
  std::uint64_t sum = 0;
  for (const Gpu& gpu : gpus_) sum += gpu.end;
  return sum;
}

std::uint64_t MscclPlan::length(RankId rank, StreamId stream) const {
  if (stream == buffers_stream(rank)) return 2;
  const Block& block = gpu(rank).blocks[stream.value() / 2];
  return is_receiving(rank, stream) ? block.receiving.size() : block.ops;
}

std::string MscclPlan::stream_name(RankId rank, StreamId stream) const {
  if (stream == buffers_stream(rank)) return "buffers";
  const std::string name = "tb " + std::to_string(listed(rank).blocks[stream.value() / 2].id);
  return is_receiving(rank, stream) ? name + " receives" : name;
}

std::string MscclPlan::location_name(RankId rank, std::uint32_t location) const {
  const Gpu& at = gpu(rank);
  auto within = [&](const char* buffer, std::uint32_t first) {
    return std::string(buffer) + " chunk " + std::to_string(location - first);
  };
  if (location < shape().layout.blocks()) return "block " + std::to_string(location);
  if (location >= at.scratch + listed(rank).scratch) return "what was received";
  if (location >= at.scratch) return within("scratch", at.scratch);
  const std::uint32_t inputs = file_.size(MscclBuffer::input, rank.value());
  if (location >= at.input && location - at.input < inputs) return within("input", at.input);
  return within("output", at.output);
}

std::uint32_t MscclPlan::step_at(const Block& block, std::uint64_t position) const {
  const auto after = std::ranges::upper_bound(block.steps, position, {}, &Step::first_op);
  return static_cast<std::uint32_t>(after - block.steps.begin() - 1);
}

std::string MscclPlan::where(RankId rank, StreamId stream, std::uint64_t position) const {
  if (stream == buffers_stream(rank)) return file_.path + ": gpu " + std::to_string(rank.value());
  const std::uint32_t number = stream.value() / 2;
  const Block& block = gpu(rank).blocks[number];
  const std::uint32_t step = is_receiving(rank, stream)
                                 ? block.receiving[position]
                                 : step_at(block, std::min<std::uint64_t>(position, block.ops - 1));
  return file_.where(rank.value(), number, step);
}

std::uint32_t MscclPlan::location(RankId rank, MscclPlace place) const {
  const Gpu& at = gpu(rank);
  const std::uint32_t first = place.buffer == MscclBuffer::input    ? at.input
                              : place.buffer == MscclBuffer::output ? at.output
                                                                    : at.scratch;
  return first + place.chunk;
}

// The block that a chunk of a buffer is in the beginning, or has to be in the end.
std::uint32_t MscclPlan::input_block(RankId rank, std::uint32_t chunk) const {
  if (file_.operation == Operation::all_gather) return rank.value() * share() + chunk;
  return file_.operation == Operation::all_to_all ? rank.value() * file_.chunks + chunk : chunk;
}
std::uint32_t MscclPlan::output_block(RankId rank, std::uint32_t chunk) const {
  if (file_.operation == Operation::reduce_scatter) return rank.value() * share() + chunk;
  if (file_.operation != Operation::all_to_all) return chunk;
  return chunk / share() * file_.chunks + rank.value() * share() + chunk % share();
}

void MscclPlan::fetch(RankId rank, StreamId stream, std::uint64_t position, Op& op) const {
  if (stream == buffers_stream(rank)) return fetch_buffers(rank, position, op);
  const std::uint32_t number = stream.value() / 2;
  if (is_receiving(rank, stream)) return fetch_receive(rank, number, position, op);
  const Block& block = gpu(rank).blocks[number];
  const MscclBlock& listed_block = listed(rank).blocks[number];
  const std::uint32_t index = step_at(block, position);
  const MscclStep& step = listed_block.steps[index];
  const Step& at = block.steps[index];
  if (position == at.first_op) add_waits(rank, number, index, op);
  if (position == at.first_op && has_own_op(step.kind)) return add_moves(rank, step, at.room, op);
  const std::uint32_t from = step.kind.receives ? at.room : location(rank, step.source);
  op.blocks.push_back({from, step.count});
  op.sends.push_back({.peer = RankId(*listed_block.send_peer),
                      .tag = listed_block.channel,
                      .bytes = bytes_of(step.count),
                      .blocks = {0, 1}});
}

void MscclPlan::add_waits(RankId rank, std::uint32_t block, std::uint32_t step, Op& op) const {
  const Gpu& at = gpu(rank);
  const MscclStep& listed_step = listed(rank).blocks[block].steps[step];
  if (step == 0) op.waits.push_back({buffers_stream(rank), 0});
  if (const auto& on = listed_step.dependence) {
    const MscclStepKind& kind = listed(rank).blocks[on->block].steps[on->step].kind;
    const std::uint32_t last = at.blocks[on->block].steps[on->step].first_op + ops_of(kind) - 1;
    op.waits.push_back({StreamId(std::size_t{2} * on->block), last});
  }
  if (listed_step.kind.receives) {
    op.waits.push_back({StreamId(2 * block + 1), at.blocks[block].steps[step].receive});
  }
}

void MscclPlan::add_moves(RankId rank, const MscclStep& step, std::uint32_t room, Op& op) const {
  const std::uint32_t source = location(rank, step.source);
  const std::uint32_t destination = location(rank, step.destination);
  for (std::uint32_t i = 0; i < step.count; ++i) {
    if (!step.kind.receives) {
      const Arrival arrival = step.kind.reduces ? Arrival::combine : Arrival::replace;
      op.moves.push_back({source + i, destination + i, arrival});
      continue;
    }
    if (step.kind.reduces) op.moves.push_back({source + i, room + i, Arrival::combine});
    if (step.kind.stores) op.moves.push_back({room + i, destination + i, Arrival::replace});
  }
  if (step.kind.reduces) op.reduce = bytes_of(step.count);
}

void MscclPlan::fetch_receive(RankId rank, std::uint32_t block, std::uint64_t position, Op& op) const {
  const MscclBlock& listed_block = listed(rank).blocks[block];
  const std::uint32_t step = gpu(rank).blocks[block].receiving[position];
  op.blocks.push_back({gpu(rank).blocks[block].steps[step].room, listed_block.steps[step].count});
  op.receives.push_back({.peer = RankId(*listed_block.receive_peer), .tag = listed_block.channel, .blocks = {0, 1}});
}

void MscclPlan::fetch_buffers(RankId rank, std::uint64_t position, Op& op) const {
  const Gpu& at = gpu(rank);
  if (position == 0) {
    for (std::uint32_t chunk = 0; chunk < file_.size(MscclBuffer::input, rank.value()); ++chunk) {
      op.moves.push_back({input_block(rank, chunk), at.input + chunk});
    }
    return;
  }
  for (std::uint32_t block = 0; block < at.blocks.size(); ++block) {
    if (at.blocks[block].ops > 0) op.waits.push_back({StreamId(std::size_t{2} * block), at.blocks[block].ops - 1});
  }
  for (std::uint32_t chunk = 0; chunk < file_.size(MscclBuffer::output, rank.value()); ++chunk) {
    op.moves.push_back({at.output + chunk, output_block(rank, chunk)});
  }
}

// Larger plans than this (locations times contributions to each) would take minutes to verify.
constexpr double most_pieces = 1e9;

void verify(const MscclPlan& plan, const MscclFile& file) {
  if (double(plan.locations()) * plan.shape().members > most_pieces) {
    throw InputError({.where = file.path,
                      .problem = "the algorithm has too many chunks and GPUs to be verified",
                      .suggestion = "generate it with fewer chunks"});
  }
  const DataFlow flow = trace_data(plan);
  if (!flow.fault) return;
  const auto& placed = flow.placed;
  throw InputError({.where = placed ? plan.where(placed->rank, placed->stream, placed->position) : file.path,
                    .problem = placed ? placed->what : *flow.fault,
                    .suggestion = "the algorithm does not do " + std::string(to_text(file.operation))});
}

}  // namespace

PlanPointer plan_msccl(const CollectiveRequest& request, const CollectiveGround& ground) {
  if (request.file.empty()) {
    refuse(request, "algorithm 'msccl' is read from a file, and none is given", "write \"file\": \"algorithm.xml\"");
  }
  const std::string path = (std::filesystem::path(request.directory) / request.file).string();
  MscclFile file = read_msccl_file(read_text_file(path), path);
  if (file.operation != request.operation) {
    refuse(request, "'" + path + "' does " + to_text(file.operation) + ", not " + to_text(request.operation));
  }
  const auto members = static_cast<std::uint32_t>(ground.members.size());
  if (file.gpus.size() != members) {
    refuse(request, "'" + path + "' is for " + std::to_string(file.gpus.size()) + " ranks, and there are " +
                        std::to_string(members));
  }
  const std::uint32_t rows = file.operation == Operation::all_to_all ? members : 1;
  const CollectiveShape shape{.operation = request.operation,
                              .members = members,
                              .root = request.root,
                              .layout = BlockLayout(request.bytes, file.chunks, {}, rows)};
  auto plan = std::make_shared<MscclPlan>(shape, file);
  verify(*plan, file);
  return plan;
}

}  // namespace lockstep::workloads
