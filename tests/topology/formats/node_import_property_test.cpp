#include <gtest/gtest.h>

#include <random>

#include "base/error.hpp"
#include "tests/topology/formats/nccl_samples.hpp"
#include "tests/topology/formats/smi_samples.hpp"
#include "topology/formats/formats.hpp"

namespace lockstep::topology {
namespace {

struct Sample {
  std::string format;
  std::string text;
};

std::vector<Sample> samples() {
  return {{"nccl", nccl_two_sockets()},
          {"nccl", nccl_row_of_gpus()},
          {"nvidia_smi", smi_mesh()},
          {"nvidia_smi", smi_switched()},
          {"nvidia_smi", smi_pcie()}};
}

// Whatever happens, it is a fleet or an InputError; anything else leaves the test as an exception or a crash.
bool imports(const Sample& sample) {
  ImportOptions options;
  options.file = "sample";
  try {
    const Fleet fleet = import_fleet(sample.text, sample.format, options);
    for (const VertexId device : fleet.devices()) {
      std::vector<LinkId> route;
      fleet.append_route(fleet.devices()[0], device, 0, route);
    }
    return true;
  } catch (const InputError&) {
    return false;
  }
}

TEST(NodeImport, SamplesAreRecognizedAndImported) {
  for (const Sample& sample : samples()) {
    EXPECT_TRUE(imports(sample));
    EXPECT_TRUE(imports({"", sample.text}));
  }
}

TEST(NodeImport, EveryTruncationImportsOrIsRefused) {
  for (const Sample& sample : samples()) {
    std::size_t refused = 0;
    for (std::size_t length = 0; length < sample.text.size(); ++length) {
      if (!imports({sample.format, sample.text.substr(0, length)})) ++refused;
    }
    EXPECT_GT(refused, sample.text.size() / 3) << sample.text;
  }
}

TEST(NodeImport, RandomMutationsImportOrAreRefused) {
  std::mt19937 random(7);
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
  std::size_t imported = 0;
  std::size_t refused = 0;
  for (const Sample& sample : samples()) {
    for (int round = 0; round < 1500; ++round) {
      std::string text = sample.text;
      for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
        const std::size_t at = below(text.size());
        switch (below(4)) {
          case 0:
            text[at] = static_cast<char>(random() % 256);
            break;
          case 1:
            text.erase(at, 1 + below(12));
            break;
          case 2:
            text.insert(at, text.substr(below(text.size()), below(60)));
            break;
          default:
            text.insert(at, "\x1b[4m\n\t99999999999999999999 <pci NV9 ");
            break;
        }
        if (text.empty()) text.push_back(' ');
      }
      ++(imports({sample.format, text}) ? imported : refused);
    }
  }
  EXPECT_GT(imported, 500u);
  EXPECT_GT(refused, 500u);
}

}  // namespace
}  // namespace lockstep::topology
