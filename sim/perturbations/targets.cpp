#include "sim/perturbations/targets.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "sim/device_choice.hpp"

namespace lockstep::sim {
namespace {

using topology::ChannelId;
using topology::Fleet;
using topology::VertexId;

constexpr Seconds never(std::numeric_limits<double>::infinity());

std::optional<double> read_fraction(const JsonFields& fields) {
  const auto fraction = fields.maybe<double>("fraction");
  if (fraction && !(*fraction >= 0 && *fraction <= 1)) {
    fields.fail("fraction", "is the share of all that are concerned, so it lies between 0 and 1",
                "5 % are \"fraction\": 0.05");
  }
  return fraction;
}

// Exactly as many as the fraction says, each as likely as any other, in their own order (Fisher and Yates's shuffle,
// stopped early).
template <class Target>
std::vector<Target> draw(std::vector<Target> all, double fraction, const RunDraws& draws) {
  RandomStream stream = draws.stream("targets");
  const auto count = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(all.size())));
  for (std::size_t i = 0; i < count; ++i) std::swap(all[i], all[i + stream.below(all.size() - i)]);
  all.resize(count);
  std::sort(all.begin(), all.end());
  return all;
}

// At most one of these says who is concerned.
void require_one_of(const JsonFields& fields, std::initializer_list<const char*> keys) {
  std::string stated;
  for (const char* key : keys) {
    if (!fields.has(key)) continue;
    if (!stated.empty()) fields.fail(key, "\"" + stated + "\" says already who is concerned");
    stated = key;
  }
}

void add_link(const std::string& name, const std::string& where, const Fleet& fleet, std::vector<ChannelId>& channels) {
  if (const auto vertex = fleet.find_vertex(name)) {
    for (const topology::Link& link : fleet.links()) {
      if (link.from == *vertex || link.to == *vertex) channels.push_back(link.channel);
    }
    return;
  }
  for (std::size_t channel = 0; channel < fleet.channels().size(); ++channel) {
    if (fleet.channel_name(ChannelId(channel)) != name) continue;
    channels.emplace_back(channel);
    return;
  }
  throw InputError({.where = where,
                    .problem = "the fleet has no link and no vertex '" + excerpt(name) + "'",
                    .suggestion = fleet.links().empty()
                                      ? "it has no links at all"
                                      : "links are called like '" + fleet.link_name(topology::LinkId(0)) + "'"});
}

template <class Id>
void sort_once(std::vector<Id>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

}  // namespace

DeviceTargets DeviceTargets::read(const JsonFields& fields, const Fleet& fleet) {
  DeviceTargets targets;
  require_one_of(fields, {"devices", "nodes", "racks", "fraction"});
  targets.fraction_ = read_fraction(fields);
  if (fields.has("devices")) {
    targets.devices_ = read_devices(fields, "devices", fleet);
  } else if (fields.has("nodes") || fields.has("racks")) {
    targets.devices_ = read_devices_at(fields, fields.has("nodes") ? "nodes" : "racks", fleet);
  } else {
    targets.devices_.assign(fleet.devices().begin(), fleet.devices().end());
  }
  sort_once(targets.devices_);
  return targets;
}

std::vector<VertexId> DeviceTargets::of_run(const RunDraws& draws) const {
  return fraction_ ? draw(devices_, *fraction_, draws) : devices_;
}

LinkTargets LinkTargets::read(const JsonFields& fields, const Fleet& fleet) {
  LinkTargets targets;
  require_one_of(fields, {"links", "fraction"});
  targets.fraction_ = read_fraction(fields);
  if (fields.has("links")) {
    const Json& stated = fields.required_raw("links");
    for (const Json& one : stated.is_array() ? stated : Json::array({stated})) {
      add_link(read_value<std::string>(one, fields.where("links")), fields.where("links"), fleet, targets.channels_);
    }
  } else {
    for (std::size_t channel = 0; channel < fleet.channels().size(); ++channel) targets.channels_.emplace_back(channel);
  }
  sort_once(targets.channels_);
  return targets;
}

std::vector<ChannelId> LinkTargets::of_run(const RunDraws& draws) const {
  return fraction_ ? draw(channels_, *fraction_, draws) : channels_;
}

double read_factor(const JsonFields& fields, const std::string& key) {
  const auto factor = fields.required<double>(key);
  if (!(factor > 0) || !std::isfinite(factor)) {
    fields.fail(key, "must be a positive number", "2 means twice as slow, 0.5 twice as fast");
  }
  return factor;
}

SpeedWindow read_window(const JsonFields& fields) {
  const SpeedWindow window{.from = fields.value_or<Seconds>("from", Seconds(0)),
                           .until = fields.value_or<Seconds>("until", never)};
  if (!(window.from >= Seconds(0))) fields.fail("from", "time starts at 0 s");
  if (!(window.until > window.from)) fields.fail("until", "is not after \"from\", " + to_text(window.from));
  return window;
}

RandomTimes read_random_times(const JsonFields& fields) {
  const Distribution every = read_distribution(fields, "every", Dimension::time);
  const Distribution lasts = read_distribution(fields, "lasts", Dimension::time);
  for (const auto& [key, times] : {std::pair("every", &every), std::pair("lasts", &lasts)}) {
    if (!times->maximum() || *times->maximum() > 0) continue;
    fields.fail(key, "is always 0 s",
                "\"every\" is the time from the end of one to the next, \"lasts\" how long each takes");
  }
  return {.windows = {.gap = every, .lasts = lasts}, .within = read_window(fields)};
}

ProfilePointer read_slow_times(const JsonFields& fields, double factor) {
  const SpeedWindow window = read_window(fields);
  const auto every = fields.maybe<Seconds>("every");
  const auto lasts = fields.maybe<Seconds>("lasts");
  if (every.has_value() != lasts.has_value()) {
    fields.fail(every ? "every" : "lasts",
                "\"every\" and \"lasts\" belong together: how often, and how long each time");
  }
  if (!every) return factor == 1 ? nullptr : slow_within(1 / factor, window);
  if (!(*lasts > Seconds(0)) || *lasts >= *every) {
    fields.fail("lasts", "must be positive and shorter than \"every\", " + to_text(*every));
  }
  if (factor == 1) return nullptr;
  const ProfilePointer again = slow_again(1 / factor, {window.from, window.from + *lasts}, *every);
  return window.until < never ? within(again, window) : again;
}

}  // namespace lockstep::sim
