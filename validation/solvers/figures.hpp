#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/quantity.hpp"

// The plain figures that closed forms compute with: what a model, a device and a fleet amount to without their
// structure.
namespace lockstep::validation {

enum class Precision : std::uint8_t { fp32, tf32, fp16, bf16, fp8, int8, int4 };
constexpr std::array<std::string_view, 7> precision_names = {"fp32", "tf32", "fp16", "bf16", "fp8", "int8", "int4"};
constexpr std::size_t index_of(Precision precision) {
  return static_cast<std::size_t>(precision);
}
// The bytes of one number.
constexpr Bytes bytes_of(Precision precision) {
  constexpr std::array<double, 7> bytes = {4, 4, 2, 2, 1, 1, 0.5};
  return Bytes(bytes[index_of(precision)]);
}

struct ModelFigures {
  bool is_transformer = true;
  bool is_sparse = false;                 // a mixture of experts
  double parameters = 0;                  // 0 where only a size is stated
  double active_parameters = 0;           // of one token; all of them unless experts are chosen
  std::optional<Bytes> stated_size = {};  // where the model states bytes instead of parameters
  Flops forward = {};                     // of one token, sequence or input, whatever the model's family counts
  std::optional<std::uint32_t> layers = {};
  std::optional<std::uint32_t> hidden_dim = {};
  std::optional<std::uint32_t> heads = {};
  std::optional<std::uint32_t> kv_heads = {};
  std::optional<std::uint32_t> kv_lora_rank = {};  // of multi-head latent attention
  std::optional<std::uint32_t> qk_rope_head_dim = {};
  std::uint32_t experts = 1;
  std::uint32_t active_experts_per_token = 1;

  Bytes size(Precision precision) const { return stated_size ? *stated_size : parameters * bytes_of(precision); }
};

struct DeviceFigures {
  std::array<FlopRate, precision_names.size()> peaks = {};  // the general peak where a precision has none of its own
  Bytes memory = {};
  Bandwidth memory_bandwidth = {};
  std::optional<Bytes> sram = {};
  std::optional<Bandwidth> sram_bandwidth = {};
  std::optional<Bandwidth> flash_bandwidth = {};
  std::optional<Bandwidth> host_link = {};
  std::optional<Bandwidth> storage = {};
  Seconds dispatch_tax = {};
  std::optional<double> tdp_w = {};
  std::optional<double> unit_cost_usd = {};

  FlopRate peak(Precision precision) const { return peaks[index_of(precision)]; }
};

// A link between two equal ends: bandwidth one way, latency from end to end.
struct LinkFigures {
  Bandwidth bandwidth = {};
  Seconds latency = {};
};

struct FabricFigures {
  LinkFigures link = {};
  double oversubscription = 1;

  // What is left of a link when every port sends across the fabric.
  Bandwidth bandwidth() const { return link.bandwidth / oversubscription; }
};

struct FleetFigures {
  std::uint32_t nodes = 1;
  std::uint32_t devices_per_node = 1;
  std::uint32_t nics_per_node = 1;
  std::uint32_t psus_per_node = 0;
  DeviceFigures device = {};
  LinkFigures inside = {};                // between the devices of a node
  Bandwidth inside_both_directions = {};  // as data sheets add it up, and mlsysim did until June 2026
  FabricFigures fabric = {};

  std::uint32_t devices() const { return nodes * devices_per_node; }
};

}  // namespace lockstep::validation
