#pragma once

#include <array>
#include <cstdint>

// The constants of NCCL's published cost model: NVIDIA/nccl, src/graph/tuning.cc and topo.h, as of commit 5067397c26 of
// 2026-06-11. Latencies are in microseconds, bandwidths in GB/s.
namespace lockstep::workloads::nccl {

enum class Protocol : std::uint8_t { ll, ll128, simple };
inline constexpr std::array protocol_names = {"LL", "LL128", "Simple"};
using ByProtocol = std::array<double, 3>;

enum class Generation : std::uint8_t { ampere, hopper, blackwell };
inline constexpr std::array generation_names = {"Ampere", "Hopper", "Blackwell"};
template <class Value>
using ByGeneration = std::array<Value, 3>;
// For one node, two, and more.
using ByNodes = std::array<double, 3>;

// What latencies lie in: NVLink, PCIe, or the network.
enum class Hardware : std::uint8_t { nvlink, pci, net };
using ByHardware = std::array<ByProtocol, 3>;

inline constexpr ByProtocol tree_base = {6.8, 14.0, 8.4};
inline constexpr ByProtocol ring_base = {6.6, 14.0, 8.4};
inline constexpr ByHardware tree_hop = {{{0.6, 1.25, 4.0}, {1.0, 1.9, 4.0}, {5.0, 8.5, 14.0}}};
inline constexpr ByHardware ring_hop = {{{0.6, 1.9, 3.4}, {1.0, 2.5, 5.7}, {2.7, 4.0, 14.0}}};
inline constexpr double nvls_latency = 25;
// To post a message to the network, on an Intel host; three times that with the protocol Simple.
inline constexpr double net_overhead = 1.0;

// The most that LL carries. Blackwell is taken as Hopper.
inline constexpr ByGeneration<ByNodes> most_ll = {{{87.7, 22.5, 19.0}, {141.0, 45.0, 35.0}, {141.0, 45.0, 35.0}}};
// The most that a channel carries.
inline constexpr ByGeneration<double> most_ring_ll128 = {20.0, 36.7, 36.7};
inline constexpr ByGeneration<ByNodes> most_tree = {{{24.0, 23.6, 17.8}, {38.7, 41.4, 36.0}, {70.0, 42.8, 24.0}}};
// The share of its bus bandwidth that a ring keeps with LL and LL128, and a tree with any; of a tree's that with LL,
// and LL128 in one node and in several.
inline constexpr double ring_ll = 0.5, ring_ll128 = 0.92, tree = 0.92;
inline constexpr double tree_ll = 1 / 3.8, tree_ll128_inside = 7.0 / 9, tree_ll128_between = 120.0 / 128;
// The share of NVLink's bandwidth that reductions in its switches reach; Ampere has none.
inline constexpr ByGeneration<double> nvls = {0, 0.85, 0.74};
// What NCCL counts of NVLink's line rate: 20 of 25, 20.6 of 25, and 40.1 of 50 GB/s a link.
inline constexpr ByGeneration<double> of_line_rate = {20.0 / 25, 20.6 / 25, 40.1 / 50};
// The latency of a ring between nodes grows by this when its messages are no longer tiny.
inline constexpr double ring_plateau = 1.4;

// By what trees fall short of the model: for 64 B, and so on by powers of two.
inline constexpr std::array<std::array<double, 24>, 3> tree_correction = {{
    {1, 1, 1, 1, .9, .8, .7, .7, .7, .7, .6, .5, .4, .4, .5, .6, .7, .8, .9, 1, 1, 1, 1, 1},
    {1, 1, 1, 1, 1, .9, .8, .8, .8, .7, .6, .6, .6, .6, .6, .6, .8, .9, .9, .9, .9, 1, 1, 1},
    {.9, .9, .9, .9, .9, .9, .9, .8, .7, .6, .6, .5, .5, .5, .5, .6, .7, .8, .7, .7, .8, .9, .9, .9},
}};

// How many channels NCCL finds depends on a search; here it is as many as carry the bandwidth at this speed each.
inline constexpr ByGeneration<double> channel_speed = {20.0, 30.0, 40.0};

}  // namespace lockstep::workloads::nccl
