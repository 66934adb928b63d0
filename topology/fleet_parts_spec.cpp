#include "topology/fleet_parts_spec.hpp"

#include <nlohmann/json.hpp>

#include "topology/builders/builders.hpp"

namespace lockstep::topology {
namespace {

DeviceModel device_model_of(const JsonFields& fields) {
  DeviceModel model;
  model.compute = fields.maybe<FlopRate>("compute");
  model.memory = fields.maybe<Bytes>("memory");
  model.memory_bandwidth = fields.maybe<Bandwidth>("memory_bandwidth");
  auto check = [&](const char* key, const auto& figure) {
    if (figure && !(figure->si() > 0)) fields.fail(key, "must be positive");
  };
  check("compute", model.compute);
  check("memory", model.memory);
  check("memory_bandwidth", model.memory_bandwidth);
  return model;
}

}  // namespace

std::optional<StatedLink> read_stated_link(const JsonFields& fields, const std::string& key, const Catalog& catalog) {
  const Json* stated = fields.raw(key);
  if (stated == nullptr) return std::nullopt;
  if (!stated->is_string()) return StatedLink{read_link(fields, key, {.kind = LinkKind::generic})};
  const CatalogEntry& entry = catalog.find("fabric", stated->get<std::string>(), fields.where(key));
  const JsonFields figures = entry.fields();
  StatedLink link;
  link.properties = {figures.required<Bandwidth>("bandwidth"), figures.value_or<Seconds>("latency", Seconds(0)),
                     LinkKind::network};
  link.latency_is_end_to_end = figures.value_or<std::string>("latency_is", "per_link") == "end_to_end";
  return link;
}

DeviceModel read_device_model(const JsonFields& fields, const std::string& key, const Catalog& catalog) {
  const Json* stated = fields.raw(key);
  if (stated == nullptr) return {};
  if (stated->is_string()) {
    const CatalogEntry& entry = catalog.find("device", stated->get<std::string>(), fields.where(key));
    DeviceModel model = device_model_of(entry.fields());
    model.name = entry.name();
    return model;
  }
  const JsonFields device = fields.object(key);
  DeviceModel model = device_model_of(device);
  model.name = device.value_or<std::string>("name", "");
  device.reject_unknown();
  return model;
}

}  // namespace lockstep::topology
