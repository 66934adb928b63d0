#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lockstep::sim {

// Items by number, with the numbers of those that were given back used again.
template <class Item>
class Pool {
 public:
  std::uint32_t take() {
    if (free_.empty()) {
      items_.emplace_back();
      return static_cast<std::uint32_t>(items_.size() - 1);
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    items_[number] = Item();
    return number;
  }
  void give_back(std::uint32_t number) { free_.push_back(number); }
  Item& operator[](std::uint32_t number) { return items_[number]; }
  const Item& operator[](std::uint32_t number) const { return items_[number]; }
  std::size_t size() const { return items_.size(); }

 private:
  std::vector<Item> items_;
  std::vector<std::uint32_t> free_;
};

}  // namespace lockstep::sim
