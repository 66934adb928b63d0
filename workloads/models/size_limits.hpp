#pragma once

#include <cstdint>
#include <string>

#include "base/json_fields.hpp"

// Sizes as models state them: from 1 to what no model comes near, so that sums of products stay numbers.
namespace lockstep::workloads {

constexpr std::int64_t largest_size = 1 << 28;

inline std::uint64_t size_field(const JsonFields& fields, const std::string& key) {
  return static_cast<std::uint64_t>(fields.count(key, 1, largest_size));
}
inline std::uint64_t size_field_or(const JsonFields& fields, const std::string& key, std::uint64_t otherwise) {
  return fields.has(key) ? static_cast<std::uint64_t>(fields.count(key, otherwise == 0 ? 0 : 1, largest_size))
                         : otherwise;
}

constexpr std::int64_t most_layers = 1 << 16;

inline std::uint64_t layers_field(const JsonFields& fields, const std::string& key) {
  return static_cast<std::uint64_t>(fields.count(key, 1, most_layers));
}

}  // namespace lockstep::workloads
