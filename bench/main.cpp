// lockstep_bench FOLDER ARGS…: runs the benchmarks that the arguments of Google Benchmark choose, and keeps the table
// in the folder.
#include <benchmark/benchmark.h>

#include <iostream>

#include "bench/table_reporter.hpp"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: lockstep_bench FOLDER [--benchmark_filter=…]\n";
    return 2;
  }
  lockstep::bench::TableReporter reporter(argv[1]);
  return benchmark::RunSpecifiedBenchmarks(&reporter) > 0 ? 0 : 1;
}
