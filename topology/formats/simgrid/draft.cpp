#include "topology/formats/simgrid/draft.hpp"

#include "topology/formats/simgrid/zone_router.hpp"

namespace lockstep::topology::simgrid {

ZoneId Draft::add_zone(const Element& element, std::optional<ZoneId> parent) {
  const std::string name = element.required("id");
  claim_name(element, name);
  const ZoneId id = tree.add_zone(name, parent);
  netpoints_.emplace(name, tree.zone(id).netpoint);
  return id;
}

NetpointId Draft::add_host(const Element& element, ZoneId inside, const std::string& name, FlopRate compute,
                           Place place) {
  const auto [model, is_new] = device_models_.try_emplace(compute.si());
  if (is_new) {
    auto& models = builder.parts().device_models;
    model->second = DeviceModelId(models.size());
    models.push_back({.compute = compute});
  }
  return add_netpoint(element, Netpoint::Kind::host, inside,
                      {.kind = VertexKind::device, .name = name, .place = place, .model = model->second});
}

NetpointId Draft::add_router(const Element& element, ZoneId inside, const std::string& name) {
  return add_netpoint(element, Netpoint::Kind::router, inside,
                      {.kind = VertexKind::network_switch, .name = name, .level = 1});
}

NetpointId Draft::add_netpoint(const Element& element, Netpoint::Kind kind, ZoneId inside, Vertex vertex) {
  claim_name(element, vertex.name);
  std::string name = vertex.name;
  const VertexId vertex_id = builder.add_vertex(std::move(vertex));
  const NetpointId id = tree.add_host_or_router(kind, inside, vertex_id);
  netpoints_.emplace(std::move(name), id);
  ends_.emplace_back(vertex_id, id);
  return id;
}

// Hosts, routers and zones share one space of names.
void Draft::claim_name(const Element& element, const std::string& name) {
  if (name.empty()) element.fail("the name is empty");
  if (netpoints_.contains(name)) element.fail("there is a host, router or zone called '" + name + "' already");
}

NetpointId Draft::named(const Element& element, const char* attribute) const {
  const std::string name = element.required(attribute);
  const auto found = find(name);
  if (!found) {
    element.fail(std::string(attribute) + "=\"" + name + "\" names no host, router or zone",
                 "what a route joins must be described before it");
  }
  return *found;
}

std::optional<NetpointId> Draft::find(const std::string& name) const {
  const auto found = netpoints_.find(name);
  return found == netpoints_.end() ? std::nullopt : std::optional(found->second);
}

Fleet Draft::take_fleet() {
  shortfalls.tell(builder);
  builder.set_router(std::make_shared<ZoneRouter>(std::move(tree), ends_, builder.vertex_count()));
  return builder.build();
}

}  // namespace lockstep::topology::simgrid
