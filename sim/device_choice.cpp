#include "sim/device_choice.hpp"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.hpp"
#include "base/unit_text.hpp"

namespace lockstep::sim {
namespace {

using topology::Fleet;
using topology::Place;
using topology::VertexId;

// More than any list of a scenario means.
constexpr std::uint64_t most_numbers = topology::most_vertices;

struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

// "4-7".
std::optional<Range> range_of(const std::string& text) {
  Range range;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, range.first);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') return std::nullopt;
  const auto last = std::from_chars(first.ptr + 1, end, range.last);
  if (last.ec != std::errc() || last.ptr != end) return std::nullopt;
  return range;
}

void add_range(const Range& range, const std::string& where, std::vector<std::uint64_t>& numbers) {
  const std::string text = std::to_string(range.first) + "-" + std::to_string(range.last);
  if (range.last < range.first) {
    throw InputError({.where = where, .problem = "'" + text + "' ends before it begins"});
  }
  if (range.last - range.first >= most_numbers) {
    throw InputError({.where = where, .problem = "'" + text + "' has more numbers than any fleet has devices"});
  }
  for (std::uint64_t number = range.first; number <= range.last; ++number) numbers.push_back(number);
}

// A value that may stand alone for a list of one.
std::vector<Json> list_of(const Json& stated) {
  if (!stated.is_array()) return {stated};
  return {stated.begin(), stated.end()};
}

VertexId numbered_device(std::int64_t number, const std::string& where, const Fleet& fleet) {
  if (number >= 0 && static_cast<std::size_t>(number) < fleet.device_count()) {
    return fleet.devices()[static_cast<std::size_t>(number)];
  }
  throw InputError({.where = where,
                    .problem = "there is no device " + std::to_string(number),
                    .suggestion = "devices are numbered from 0 to " + std::to_string(fleet.device_count() - 1)});
}

void add_device(const Json& stated, const std::string& where, const Fleet& fleet, std::vector<VertexId>& devices) {
  if (!stated.is_string()) {
    devices.push_back(numbered_device(read_value<std::int64_t>(stated, where), where, fleet));
    return;
  }
  const auto name = stated.get<std::string>();
  const auto vertex = fleet.find_vertex(name);
  if (vertex && fleet.vertex(*vertex).kind == topology::VertexKind::device) {
    devices.push_back(*vertex);
    return;
  }
  const auto range = range_of(name);
  if (!range) {
    throw InputError({.where = where,
                      .problem = "the fleet has no device '" + excerpt(name) + "'",
                      .suggestion = "devices are called like '" + fleet.vertex(fleet.devices().front()).name +
                                    "', or numbered as in \"0-3\""});
  }
  std::vector<std::uint64_t> numbers;
  add_range(*range, where, numbers);
  for (const std::uint64_t number : numbers) {
    devices.push_back(numbered_device(static_cast<std::int64_t>(number), where, fleet));
  }
}

std::vector<VertexId> every_nth(const JsonFields& fields, const Fleet& fleet) {
  const auto most = static_cast<std::int64_t>(fleet.device_count());
  const auto every = static_cast<std::size_t>(fields.count_or("every", 1, 1, most));
  std::vector<VertexId> devices;
  for (auto i = static_cast<std::size_t>(fields.count_or("from", 0, 0, most - 1)); i < fleet.device_count();
       i += every) {
    devices.push_back(fleet.devices()[i]);
  }
  return devices;
}

std::vector<VertexId> chosen_by_rule(const JsonFields& fields, const Fleet& fleet) {
  std::vector<VertexId> devices;
  const char* const* level = nullptr;
  static constexpr std::array levels = {"nodes", "racks", "pods"};
  for (const char* const& one : levels) {
    if (fields.has(one)) level = &one;
  }
  if (level != nullptr) {
    devices = read_devices_at(fields, *level, fleet);
  } else if (fields.has("every") || fields.has("from")) {
    devices = every_nth(fields, fleet);
  } else {
    fields.fail("", "it does not say which devices",
                R"(write for example {"nodes": [0, 1]}, {"racks": 2} or {"every": 2, "from": 1})");
  }
  fields.reject_unknown();
  return devices;
}

void require_once(const std::vector<VertexId>& devices, const JsonFields& fields, const std::string& key,
                  const Fleet& fleet) {
  std::vector<bool> is_taken(fleet.vertices().size());
  for (const VertexId device : devices) {
    if (is_taken[device.value()]) {
      fields.fail(key, "device " + fleet.vertex(device).name + " is listed twice", "list each device once");
    }
    is_taken[device.value()] = true;
  }
}

std::optional<std::uint32_t> Place::*level_of(const std::string& key) {
  if (key == "nodes") return &Place::node;
  return key == "racks" ? &Place::rack : &Place::pod;
}

}  // namespace

std::vector<std::uint64_t> read_numbers(const JsonFields& fields, const std::string& key) {
  std::vector<std::uint64_t> numbers;
  const std::string where = fields.where(key);
  for (const Json& one : list_of(fields.required_raw(key))) {
    const auto range = one.is_string() ? range_of(one.get<std::string>()) : std::nullopt;
    if (range) {
      add_range(*range, where, numbers);
      continue;
    }
    if (one.is_string()) wrong_kind(one, where, "a number, a range like \"4-7\", or a list of them");
    const auto number = read_value<std::int64_t>(one, where);
    if (number < 0) fields.fail(key, std::to_string(number) + " is negative, and numbers start at 0");
    numbers.push_back(static_cast<std::uint64_t>(number));
  }
  return numbers;
}

std::vector<VertexId> read_devices_at(const JsonFields& fields, const std::string& key, const Fleet& fleet) {
  std::vector<VertexId> devices;
  for (const std::uint64_t number : read_numbers(fields, key)) {
    const std::size_t before = devices.size();
    for (const VertexId device : fleet.devices()) {
      const auto& place = fleet.vertex(device).place.*level_of(key);
      if (place && *place == number) devices.push_back(device);
    }
    if (devices.size() == before) {
      fields.fail(key, "no device stands in number " + std::to_string(number),
                  "`lockstep fleet` lists how the devices stand");
    }
  }
  return devices;
}

std::vector<VertexId> read_devices(const JsonFields& fields, const std::string& key, const Fleet& fleet) {
  const Json& stated = fields.required_raw(key);
  std::vector<VertexId> devices;
  if (stated.is_object()) {
    devices = chosen_by_rule(fields.object(key), fleet);
  } else {
    for (const Json& one : list_of(stated)) add_device(one, fields.where(key), fleet, devices);
  }
  if (devices.empty()) {
    fields.fail(key, "the list is empty, and it needs devices",
                "list some, as in \"devices\": [0, 1], or leave it out for all of the fleet");
  }
  require_once(devices, fields, key, fleet);
  return devices;
}

}  // namespace lockstep::sim
