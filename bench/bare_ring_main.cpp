// bare_ring RANKS: the ring by SimGrid alone, as a program whose instructions can be counted.
#include <cstdlib>
#include <iostream>

#include "bench/sim/bare_ring.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: bare_ring RANKS\n";
    return 2;
  }
  std::cout << "  events  " << lockstep::bench::bare_ring(static_cast<unsigned>(std::atoi(argv[1]))).events << "\n";
}
