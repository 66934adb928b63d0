#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/quantity.hpp"

// Quantities as people write them: a decimal number, an optional space, and a unit. Bit and byte, powers of 10 and of 2
// are distinct ("400 Gbit/s", "80 GiB", "2 us", "989 TFLOP/s"); SimGrid's spellings ("125MBps", "1Gf") are read too.
namespace lockstep {

// Reads text such as "50 GB/s" to the nearest double. Throws InputError naming `where`, what is wrong, and the valid
// units; also for numbers too large for a double, while ones too small become 0.
template <class AnyQuantity>
AnyQuantity parse_quantity(std::string_view text, const std::string& where = "");

extern template Seconds parse_quantity<Seconds>(std::string_view, const std::string&);
extern template Bytes parse_quantity<Bytes>(std::string_view, const std::string&);
extern template Flops parse_quantity<Flops>(std::string_view, const std::string&);
extern template Bandwidth parse_quantity<Bandwidth>(std::string_view, const std::string&);
extern template FlopRate parse_quantity<FlopRate>(std::string_view, const std::string&);
extern template Frequency parse_quantity<Frequency>(std::string_view, const std::string&);

// For people: four significant digits and the unit that suits the size, "1.6 TB/s".
std::string to_text(Seconds value);
std::string to_text(Bytes value);
std::string to_text(Flops value);
std::string to_text(Bandwidth value);
std::string to_text(FlopRate value);
std::string to_text(Frequency value);

// For files: the shortest text that `parse_quantity` reads back to the same double, "5e+10 B/s".
std::string to_exact_text(Seconds value);
std::string to_exact_text(Bytes value);
std::string to_exact_text(Flops value);
std::string to_exact_text(Bandwidth value);
std::string to_exact_text(FlopRate value);
std::string to_exact_text(Frequency value);

// The shortest decimal text that reads back to the same double; never depends on the locale.
std::string shortest_text(double number);

// "1 device", "8 devices", "2 microbatches", "3 vertices".
std::string counted(std::uint64_t count, std::string_view noun);

}  // namespace lockstep
