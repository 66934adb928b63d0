#include "topology/builders/tpu_pod.hpp"

#include <span>

#include "topology/builders/builders.hpp"

namespace lockstep::topology {
namespace {

// A TPU v4 cube is 4 x 4 x 4 chips; only sides that are whole cubes long reach the circuit switches and so close to
// rings (Jouppi et al., "TPU v4", ISCA 2023, section 2).
constexpr std::int64_t default_cube_side = 4;

struct Slice {
  std::vector<std::uint32_t> dimensions;
  std::vector<bool> wrap;
};

std::vector<Slice> read_slices(const Site& site, std::uint32_t cube_side) {
  std::vector<Slice> slices;
  if (site.fields.has("slices") && site.fields.has("dimensions")) {
    site.fields.fail("dimensions", "one slice is described by \"dimensions\", several by \"slices\"",
                     "remove one of them");
  }
  auto add = [&](const JsonFields& fields) {
    Slice slice{read_dimensions(fields), {}};
    for (const std::uint32_t length : slice.dimensions) slice.wrap.push_back(length % cube_side == 0);
    slices.push_back(std::move(slice));
  };
  if (!site.fields.has("slices")) {
    add(site.fields);
    return slices;
  }
  for (const JsonFields& fields : site.fields.objects("slices")) {
    add(fields);
    fields.reject_unknown();
  }
  if (slices.empty()) site.fields.fail("slices", "must list at least one slice", "write [{\"dimensions\": [4, 4, 8]}]");
  return slices;
}

// Cables between neighbours; the ones that leave a cube are optical circuits.
void join_slice(Site& site, std::span<const VertexId> points, const Slice& slice, std::uint32_t cube_side,
                const LinkProperties& circuit) {
  std::size_t stride = 1;
  for (std::size_t d = 0; d < slice.dimensions.size(); ++d) {
    const std::size_t length = slice.dimensions[d];
    for (std::size_t p = 0; p < points.size(); ++p) {
      const std::size_t here = p / stride % length;
      const bool leaves_cube = (here + 1) % cube_side == 0;
      const LinkProperties& cable = leaves_cube ? circuit : site.link;
      if (here + 1 < length) site.fleet.add_cable(points[p], points[p + stride], cable);
      if (here + 1 == length && length > 2 && slice.wrap[d]) {
        site.fleet.add_cable(points[p], points[p - here * stride], cable);
      }
    }
    stride *= length;
  }
}

}  // namespace

void build_tpu_pod(Site& site) {
  const auto cube_side = static_cast<std::uint32_t>(site.fields.count_or("cube", default_cube_side, 1, 1024));
  LinkProperties circuit = read_link(site.fields, "optical_link", site.link);
  circuit.kind = LinkKind::optical;
  const std::vector<Slice> slices = read_slices(site, cube_side);
  std::size_t chips = 0;
  for (const Slice& slice : slices) chips += product(slice.dimensions);
  const auto points = site.end_points(exact_end_point_count(site, chips, "the slices have"));
  std::size_t first = 0;
  for (std::size_t s = 0; s < slices.size(); ++s) {
    const auto own = std::span(points).subspan(first, product(slices[s].dimensions));
    for (const VertexId chip : own) site.fleet.vertex(chip).place.pod = static_cast<std::uint32_t>(s);
    join_slice(site, own, slices[s], cube_side, circuit);
    first += own.size();
  }
  if (slices.size() == 1) {
    site.routing = {
        .kind = RoutingSpec::Kind::dimension_order, .dimensions = slices[0].dimensions, .wrap = slices[0].wrap};
    if (circuit.bandwidth == site.link.bandwidth) {
      site.bisection = grid_bisection(site, slices[0].dimensions, slices[0].wrap);
    }
  }
}

}  // namespace lockstep::topology
