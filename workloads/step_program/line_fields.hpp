#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/quantity.hpp"
#include "workloads/step_program/line_json.hpp"

namespace lockstep::workloads {

// Reads the members of one object of a line. All errors are InputError with file, line and key.
class LineFields {
 public:
  // What it refers to must outlive it; `path` says where in the line the object stands ("sends[0]").
  LineFields(const LineJson& line, const LineJson::Node& object, const LinePlace& place, std::string path = "");

  bool has(std::string_view key) const { return find(key) != nullptr; }
  std::string_view text(std::string_view key) const;
  std::optional<std::string_view> maybe_text(std::string_view key) const;
  std::vector<std::string_view> texts(std::string_view key) const;  // none where it is absent
  std::uint64_t count(std::string_view key, std::uint64_t least, std::uint64_t most) const;
  std::uint64_t count_or(std::string_view key, std::uint64_t otherwise, std::uint64_t least, std::uint64_t most) const;
  template <class AnyQuantity>
  AnyQuantity quantity(std::string_view key) const;
  template <class AnyQuantity>
  AnyQuantity quantity_or_zero(std::string_view key) const {
    return has(key) ? quantity<AnyQuantity>(key) : AnyQuantity();
  }
  // Calls `read(LineFields)` for each object of the list under `key`.
  template <class Read>
  void for_each(std::string_view key, Read read) const {
    const LineJson::Node* list = find(key);
    if (list == nullptr) return;
    if (list->kind != LineJson::Kind::list) wrong_kind(key, *list, "a list");
    std::size_t index = 0;
    for (std::uint32_t item = list->first; item != LineJson::none; item = (*line_)[item].next) {
      read(
          LineFields(*line_, (*line_)[item], *place_, path_ + std::string(key) + "[" + std::to_string(index++) + "]."));
    }
  }

  // Refuses every key that is not listed.
  void reject_unknown(std::span<const std::string_view> known) const;
  [[noreturn]] void fail(std::string_view key, const std::string& problem, const std::string& suggestion = "") const;
  std::string where(std::string_view key) const;
  std::uint64_t line() const { return place_->line; }

 private:
  const LineJson::Node* find(std::string_view key) const;
  const LineJson::Node& required(std::string_view key) const;
  [[noreturn]] void wrong_kind(std::string_view key, const LineJson::Node& node, const std::string& wanted,
                               const std::string& suggestion = "") const;

  const LineJson* line_;
  const LineJson::Node* object_;
  const LinePlace* place_;
  std::string path_;
};

}  // namespace lockstep::workloads
