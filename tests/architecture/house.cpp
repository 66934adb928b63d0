#include "tests/architecture/house.hpp"

#include <array>
#include <cstddef>

namespace lockstep::architecture {
namespace {

constexpr std::array<std::string_view, 7> floors_from_the_top = {"cli",       "studies",  "validation", "sim",
                                                                 "workloads", "topology", "base"};

constexpr std::array<std::string_view, 5> kept_out_of_headers = {"nlohmann/json.hpp", "boost/graph/", "simgrid/",
                                                                 "yaml-cpp/", "topology/fleet_graph.hpp"};

std::vector<std::string_view> everywhere() {
  return {floors_from_the_top.begin(), floors_from_the_top.end()};
}

std::vector<std::string_view> everywhere_and_in_bench() {
  std::vector<std::string_view> folders = everywhere();
  folders.push_back("bench");
  return folders;
}

std::vector<Library> make_libraries() {
  return {
      {"nlohmann_json", {"nlohmann/"}, {"nlohmann_json::nlohmann_json"}, everywhere_and_in_bench()},
      {"Boost.Math", {"boost/math/"}, {"Boost::headers"}, {"base", "studies", "validation"}},
      {"Boost.Random", {"boost/random/", "boost/random.hpp"}, {"Boost::headers"}, {"base"}},
      {"Boost.Graph", {"boost/graph/", "boost/property_map/", "boost/pending/"}, {"Boost::headers"}, {"topology"}},
      {"pugixml", {"pugixml.hpp"}, {"pugixml::pugixml"}, {"topology", "workloads"}},
      {"yaml-cpp", {"yaml-cpp/"}, {"yaml-cpp", "yaml-cpp::yaml-cpp"}, {"topology"}},
      {"SimGrid",
       {"simgrid/", "xbt/", "smpi/"},
       {"PkgConfig::simgrid", "PkgConfig::SIMGRID"},
       {"sim/engines/simgrid", "bench"}},
      {"Eigen", {"Eigen/"}, {"Eigen3::Eigen"}, {"sim/objectives"}},
      {"MPI", {"mpi.h"}, {"MPI::MPI_CXX"}, {"studies"}},
      {"SQLite", {"sqlite3.h"}, {"SQLite::SQLite3"}, {"studies"}},
      {"CLI11", {"CLI/"}, {"CLI11::CLI11"}, {"cli"}},
      {"fmt", {"fmt/"}, {"fmt::fmt"}, {"cli"}},
      {"cpp-httplib", {"httplib.h"}, {"httplib::httplib"}, {"cli"}},
      {"pybind11", {"pybind11/"}, {"pybind11::module"}, {"python"}},
      {"Google Benchmark", {"benchmark/"}, {"benchmark::benchmark", "benchmark::benchmark_main"}, {"bench"}},
      {"GoogleTest", {"gtest/", "gmock/"}, {"GTest::gtest_main", "GTest::gmock"}, {"tests"}},
      {"POSIX",
       {"sys/", "netinet/", "arpa/", "unistd.h", "fcntl.h", "poll.h", "signal.h", "spawn.h", "dlfcn.h"},
       {"Threads::Threads"},
       everywhere_and_in_bench()},
  };
}

}  // namespace

std::span<const std::string_view> floors() {
  return floors_from_the_top;
}

std::optional<std::size_t> floor_of(std::string_view path) {
  const std::string_view folder = path.substr(0, path.find('/'));
  for (std::size_t i = 0; i < floors_from_the_top.size(); ++i) {
    if (floors_from_the_top[i] == folder) return floors_from_the_top.size() - 1 - i;
  }
  return std::nullopt;
}

std::span<const Library> libraries() {
  static const std::vector<Library> table = make_libraries();
  return table;
}

std::span<const std::string_view> heavy_headers() {
  return kept_out_of_headers;
}

}  // namespace lockstep::architecture
