#include "workloads/collectives/msccl_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <pugixml.hpp>

#include "base/error.hpp"

namespace lockstep::workloads {
namespace {

// More are no sensible algorithm, and make its verification slow.
constexpr std::int64_t most_gpus = 4096;
constexpr std::int64_t most_chunks = 1 << 20;

// As msccl-tools' msccl/language/types.py names instructions.
constexpr std::array step_kinds = {
    MscclStepKind{"s", false, false, false, true},   MscclStepKind{"r", true, false, true, false},
    MscclStepKind{"rcs", true, false, true, true},   MscclStepKind{"rrc", true, true, true, false},
    MscclStepKind{"rrs", true, true, false, true},   MscclStepKind{"rrcs", true, true, true, true},
    MscclStepKind{"re", false, true, true, false},   MscclStepKind{"cpy", false, false, true, false},
    MscclStepKind{"nop", false, false, false, false}};

struct OperationName {
  const char* name;
  Operation operation;
};
constexpr std::array operation_names = {
    OperationName{"allreduce", Operation::all_reduce}, OperationName{"allgather", Operation::all_gather},
    OperationName{"reducescatter", Operation::reduce_scatter},
    OperationName{"reduce_scatter", Operation::reduce_scatter}, OperationName{"alltoall", Operation::all_to_all}};

class Reader {
 public:
  Reader(const std::string& text, const std::string& path) : text_(text) { file_.path = path; }
  MscclFile read();

 private:
  void read_header(pugi::xml_node algorithm);
  void read_gpu(pugi::xml_node element);
  MscclBlock read_block(pugi::xml_node element);
  MscclStep read_step(pugi::xml_node element);
  MscclPlace read_place(pugi::xml_node element, const char* buffer, const char* offset, std::uint32_t count);
  void link_dependence(pugi::xml_node element, MscclStep& step, const std::map<std::int64_t, std::uint32_t>& blocks);
  void check_peers(pugi::xml_node element, const MscclBlock& block, const MscclStep& step);
  void check_connections(pugi::xml_node element, const MscclGpu& gpu);
  void check_buffer(pugi::xml_node element, const char* attribute, MscclBuffer buffer);

  // Elements are visited in order, so lines are counted once.
  std::size_t line_of(pugi::xml_node element);
  [[noreturn]] void fail(pugi::xml_node element, const std::string& problem, const std::string& suggestion = "");
  std::int64_t number(pugi::xml_node element, const char* attribute, std::int64_t least, std::int64_t most);

  const std::string& text_;
  MscclFile file_;
  std::string at_;  // "gpu 0, tb 1, step 3"
  std::uint32_t gpu_ = 0;
  std::size_t counted_ = 0, lines_ = 1;
};

std::size_t Reader::line_of(pugi::xml_node element) {
  const auto offset =
      std::min(static_cast<std::size_t>(std::max<std::ptrdiff_t>(element.offset_debug(), 0)), text_.size());
  if (offset < counted_) {
    counted_ = 0;
    lines_ = 1;
  }
  lines_ += static_cast<std::size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_),
                                                text_.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
  counted_ = offset;
  return lines_;
}

void Reader::fail(pugi::xml_node element, const std::string& problem, const std::string& suggestion) {
  std::string where = file_.path + ": line " + std::to_string(line_of(element)) + ": ";
  where += at_.empty() ? std::string("<") + element.name() + ">" : at_;
  throw InputError({.where = where, .problem = problem, .suggestion = suggestion});
}

std::int64_t Reader::number(pugi::xml_node element, const char* attribute, std::int64_t least, std::int64_t most) {
  const std::string_view text = element.attribute(attribute).value();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    fail(element, std::string(attribute) + "=\"" + excerpt(text) + "\" is not a whole number from " +
                      std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

MscclFile Reader::read() {
  pugi::xml_document document;
  const pugi::xml_parse_result result = document.load_buffer(text_.data(), text_.size());
  if (!result) {
    throw InputError({.where = file_.path,
                      .problem = std::string("this is not well-formed XML: ") + result.description(),
                      .suggestion = "check that the file is complete"});
  }
  const pugi::xml_node algorithm = document.document_element();
  if (std::string_view(algorithm.name()) != "algo") {
    fail(algorithm, "the outermost element is not <algo>", "give a file that MSCCL's tools wrote");
  }
  read_header(algorithm);
  for (const pugi::xml_node gpu : algorithm.children("gpu")) {
    if (gpu_ == file_.gpus.size()) fail(gpu, "there are more than ngpus=\"" + std::to_string(gpu_) + "\" of these");
    read_gpu(gpu);
    ++gpu_;
    at_.clear();
  }
  if (gpu_ < file_.gpus.size()) {
    fail(algorithm, "ngpus=\"" + std::to_string(file_.gpus.size()) + "\", and " + std::to_string(gpu_) + " are here");
  }
  return std::move(file_);
}

void Reader::read_header(pugi::xml_node algorithm) {
  file_.name = algorithm.attribute("name").value();
  file_.gpus.resize(static_cast<std::size_t>(number(algorithm, "ngpus", 2, most_gpus)));
  file_.chunks = static_cast<std::uint32_t>(number(algorithm, "nchunksperloop", 1, most_chunks));
  file_.in_place = !algorithm.attribute("inplace").empty() && number(algorithm, "inplace", 0, 1) == 1;
  const std::string operation = algorithm.attribute("coll").value();
  const auto* known = std::ranges::find_if(operation_names, [&](const auto& each) { return operation == each.name; });
  if (known == operation_names.end()) {
    fail(algorithm, "coll=\"" + excerpt(operation) + "\" is no operation that is known",
         "known are allreduce, allgather, reducescatter and alltoall");
  }
  file_.operation = known->operation;
  if (file_.operation != Operation::all_reduce && file_.chunks % file_.gpus.size() != 0) {
    fail(algorithm, "nchunksperloop=\"" + std::to_string(file_.chunks) + "\" cannot be shared by " +
                        std::to_string(file_.gpus.size()) + " GPUs equally");
  }
}

void Reader::read_gpu(pugi::xml_node element) {
  at_ = "gpu " + std::to_string(gpu_);
  if (number(element, "id", 0, most_gpus) != gpu_) {
    fail(element,
         "GPUs are not numbered 0, 1, 2, …: here stands id=\"" + excerpt(element.attribute("id").value()) + "\"");
  }
  MscclGpu& gpu = file_.gpus[gpu_];
  check_buffer(element, "i_chunks", MscclBuffer::input);
  check_buffer(element, "o_chunks", MscclBuffer::output);
  gpu.scratch = static_cast<std::uint32_t>(number(element, "s_chunks", 0, most_chunks));
  std::map<std::int64_t, std::uint32_t> numbers;  // of blocks, by id
  for (const pugi::xml_node block : element.children("tb")) {
    gpu.blocks.push_back(read_block(block));
    const MscclBlock& read = gpu.blocks.back();
    if (!numbers.emplace(read.id, gpu.blocks.size() - 1).second) {
      fail(block, "there are two threadblocks of id " + std::to_string(read.id));
    }
  }
  std::size_t index = 0;
  for (const pugi::xml_node block : element.children("tb")) {
    MscclBlock& read = gpu.blocks[index++];
    auto step = read.steps.begin();
    for (const pugi::xml_node each : block.children("step")) {
      at_ = "gpu " + std::to_string(gpu_) + ", tb " + std::to_string(read.id) + ", step " +
            std::to_string(step - read.steps.begin());
      link_dependence(each, *step++, numbers);
    }
  }
  at_ = "gpu " + std::to_string(gpu_);
  check_connections(element, gpu);
}

// The number of chunks that a buffer is said to have: of one that is part of another it may be left at 0.
void Reader::check_buffer(pugi::xml_node element, const char* attribute, MscclBuffer buffer) {
  const std::int64_t stated = number(element, attribute, 0, most_chunks);
  const std::int64_t due = file_.size(buffer, 0);
  if (stated == due || (file_.in_place && (stated == 0 || stated == file_.chunks))) return;
  fail(element, std::string(attribute) + "=\"" + std::to_string(stated) + "\", where nchunksperloop makes it " +
                    std::to_string(due));
}

MscclBlock Reader::read_block(pugi::xml_node element) {
  MscclBlock block;
  const auto last = static_cast<std::int64_t>(file_.gpus.size()) - 1;
  block.id = static_cast<std::uint32_t>(number(element, "id", 0, most_chunks));
  const std::string at_gpu = at_;
  at_ = at_gpu + ", tb " + std::to_string(block.id);
  auto peer = [&](const char* attribute) -> std::optional<std::uint32_t> {
    const std::int64_t stated = number(element, attribute, -1, last);
    if (stated < 0) return std::nullopt;
    return static_cast<std::uint32_t>(stated);
  };
  block.send_peer = peer("send");
  block.receive_peer = peer("recv");
  block.channel = static_cast<std::uint32_t>(number(element, "chan", 0, most_chunks));
  const std::string at_block = at_;
  for (const pugi::xml_node step : element.children("step")) {
    at_ = at_block + ", step " + std::to_string(block.steps.size());
    if (number(step, "s", 0, most_chunks) != static_cast<std::int64_t>(block.steps.size())) {
      fail(step, "steps are not numbered 0, 1, 2, …: here stands s=\"" + excerpt(step.attribute("s").value()) + "\"");
    }
    block.steps.push_back(read_step(step));
    check_peers(step, block, block.steps.back());
  }
  at_ = at_gpu;
  return block;
}

void Reader::check_peers(pugi::xml_node element, const MscclBlock& block, const MscclStep& step) {
  if (step.kind.sends && !block.send_peer) fail(element, "it sends, and its threadblock has nobody to send to");
  if (step.kind.receives && !block.receive_peer) {
    fail(element, "it receives, and its threadblock has nobody to receive from");
  }
}

MscclStep Reader::read_step(pugi::xml_node element) {
  const std::string type = element.attribute("type").value();
  const auto* kind = std::ranges::find_if(step_kinds, [&](const MscclStepKind& each) { return type == each.name; });
  if (kind == step_kinds.end()) {
    std::vector<std::string> names;
    names.reserve(std::size(step_kinds));
    for (const MscclStepKind& each : step_kinds) names.emplace_back(each.name);
    fail(element, "there is no step of type '" + excerpt(type) + "'", suggest_name(type, names));
  }
  MscclStep step{.kind = *kind, .line = line_of(element)};
  if (type == "nop") return step;
  step.count = static_cast<std::uint32_t>(number(element, "cnt", 1, most_chunks));
  // What a receiving step says of its source is about its sender, unless it combines.
  if (!kind->receives || kind->reduces) step.source = read_place(element, "srcbuf", "srcoff", step.count);
  if (kind->stores) step.destination = read_place(element, "dstbuf", "dstoff", step.count);
  return step;
}

MscclPlace Reader::read_place(pugi::xml_node element, const char* buffer, const char* offset, std::uint32_t count) {
  const std::string_view name = element.attribute(buffer).value();
  const std::string_view names = "ios";
  if (name.size() != 1 || names.find(name) == std::string_view::npos) {
    fail(element, std::string(buffer) + "=\"" + excerpt(name) + "\" is no buffer", "buffers are i, o and s");
  }
  const auto which = static_cast<MscclBuffer>(names.find(name));
  const std::uint32_t size = which == MscclBuffer::scratch
                                 ? static_cast<std::uint32_t>(element.parent().parent().attribute("s_chunks").as_uint())
                                 : file_.size(which, 0);
  const std::int64_t chunk = number(element, offset, 0, most_chunks);
  if (chunk + count > size) {
    fail(element, std::string(offset) + "=\"" + std::to_string(chunk) + "\" and cnt=\"" + std::to_string(count) +
                      "\" go beyond the " + std::to_string(size) + " chunks of buffer '" + std::string(name) + "'");
  }
  return {which, static_cast<std::uint32_t>(chunk)};
}

void Reader::link_dependence(pugi::xml_node element, MscclStep& step,
                             const std::map<std::int64_t, std::uint32_t>& blocks) {
  const std::int64_t block = number(element, "depid", -1, most_chunks);
  if (block < 0) return;
  const std::int64_t on = number(element, "deps", 0, most_chunks);
  const auto known = blocks.find(block);
  const auto& steps = known == blocks.end() ? std::vector<MscclStep>() : file_.gpus[gpu_].blocks[known->second].steps;
  if (on >= static_cast<std::int64_t>(steps.size())) {
    fail(element,
         "it waits for step " + std::to_string(on) + " of tb " + std::to_string(block) + ", which there is not");
  }
  step.dependence = {known->second, static_cast<std::uint32_t>(on)};
}

// A connection is a peer and a channel, and one threadblock's alone.
void Reader::check_connections(pugi::xml_node element, const MscclGpu& gpu) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> senders, receivers;
  auto take = [&](auto& taken, const std::optional<std::uint32_t>& peer, const MscclBlock& block, const char* what) {
    const auto [known, is_new] = taken.emplace(std::pair(*peer, block.channel), block.id);
    if (is_new) return;
    fail(element,
         "tb " + std::to_string(known->second) + " and tb " + std::to_string(block.id) + " both " + what + " GPU " +
             std::to_string(*peer) + " over channel " + std::to_string(block.channel),
         "give each of them a channel of its own");
  };
  for (const MscclBlock& block : gpu.blocks) {
    const auto& steps = block.steps;
    if (std::ranges::any_of(steps, [](const MscclStep& step) { return step.kind.sends; })) {
      take(senders, block.send_peer, block, "send to");
    }
    if (std::ranges::any_of(steps, [](const MscclStep& step) { return step.kind.receives; })) {
      take(receivers, block.receive_peer, block, "receive from");
    }
  }
}

}  // namespace

std::uint32_t MscclFile::size(MscclBuffer buffer, std::uint32_t gpu) const {
  const std::uint32_t share = chunks / static_cast<std::uint32_t>(gpus.size());
  switch (buffer) {
    case MscclBuffer::input:
      return operation == Operation::all_gather ? share : chunks;
    case MscclBuffer::output:
      return operation == Operation::reduce_scatter ? share : chunks;
    default:
      return gpus[gpu].scratch;
  }
}

std::string MscclFile::where(std::uint32_t gpu, std::uint32_t block, std::uint32_t step) const {
  const MscclBlock& of = gpus[gpu].blocks[block];
  return path + ": line " + std::to_string(of.steps[step].line) + ": gpu " + std::to_string(gpu) + ", tb " +
         std::to_string(of.id) + ", step " + std::to_string(step);
}

MscclFile read_msccl_file(const std::string& text, const std::string& path) {
  return Reader(text, path).read();
}

}  // namespace lockstep::workloads
