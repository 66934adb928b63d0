#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/contract.hpp"

namespace lockstep {

// An index that cannot be mixed up with the index of another thing: a LinkId is not a VertexId.
template <class Tag>
class StrongId {
 public:
  constexpr StrongId() = default;
  constexpr explicit StrongId(std::size_t index) : value_(static_cast<std::uint32_t>(index)) {
    LOCKSTEP_REQUIRE(index <= UINT32_MAX);
  }
  constexpr std::uint32_t value() const { return value_; }
  friend constexpr auto operator<=>(StrongId, StrongId) = default;

 private:
  std::uint32_t value_ = 0;
};

}  // namespace lockstep

template <class Tag>
struct std::hash<lockstep::StrongId<Tag>> {
  std::size_t operator()(lockstep::StrongId<Tag> id) const noexcept { return id.value(); }
};
