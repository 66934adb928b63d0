#pragma once

#include "tests/topology/formats/import_testing.hpp"
#include "topology/fleet_builder.hpp"
#include "topology/routing/router.hpp"

namespace lockstep::topology::testing {

// Fleets that no one would build: any kinds, places and models, shared and fat channels, unused channels, loops,
// parallel links, and names that formats must escape.
class RandomFleet {
 public:
  explicit RandomFleet(std::uint64_t seed) : draws_(seed), builder_(odd_name("fleet")) {}

  Fleet build() {
    add_models();
    add_vertices();
    add_links();
    builder_.set_routing(routing());
    if (chance(2)) builder_.set_known_bisection(Bandwidth(number()), "n / 2 × \"b\" <&>");
    return builder_.build();
  }

 private:
  bool chance(std::size_t one_in) { return draws_.below(one_in) == 0; }
  double number() { return static_cast<double>(draws_.next()) / 3.0; }

  std::string odd_name(const std::string& stem) {
    static const std::vector<std::string> odd = {
        "",      " ",    " a b ", "\"quoted\"", "it's",   "<x>&amp;&y;", "a\\b", "µ-Größe", "节点 \U0001F600",
        "[1-3]", "a->b", "]]>",   "{\"a\"}",    "- x: #", "%s%n"};
    return stem + odd[draws_.below(odd.size())];
  }

  void add_models() {
    for (std::size_t i = draws_.below(4); i > 0; --i) {
      DeviceModel model{.name = odd_name("model")};
      if (chance(2)) model.compute = FlopRate(number());
      if (chance(2)) model.memory = Bytes(number());
      if (chance(2)) model.memory_bandwidth = Bandwidth(number());
      builder_.parts().device_models.push_back(model);
    }
  }

  void add_vertices() {
    const std::size_t models = std::max<std::size_t>(builder_.parts().device_models.size(), 1);
    for (std::size_t v = 2 + draws_.below(12); v > 0; --v) {
      Vertex vertex{.kind = static_cast<VertexKind>(draws_.below(7)), .name = odd_name(std::to_string(v))};
      if (chance(2)) vertex.place.node = static_cast<std::uint32_t>(draws_.below(most_vertices));
      if (chance(2)) vertex.place.rack = static_cast<std::uint32_t>(draws_.below(3));
      if (chance(2)) vertex.place.pod = static_cast<std::uint32_t>(draws_.below(3));
      vertex.level = static_cast<std::uint8_t>(chance(2) ? draws_.below(256) : 0);
      if (chance(2)) vertex.rail = static_cast<std::uint16_t>(draws_.next());
      vertex.model = DeviceModelId(draws_.below(models));
      builder_.add_vertex(vertex);
    }
    builder_.add_device(" ");  // one device at least, and switches on a level
    builder_.add_switch("top", 9);
  }

  Channel channel() {
    return {.bandwidth = Bandwidth(number() + 1),
            .latency = Seconds(chance(4) ? 0 : number() * 1e-25),
            .kind = static_cast<LinkKind>(draws_.below(6)),
            .sharing = chance(3) ? Sharing::fat_pipe : Sharing::shared,
            .name = chance(2) ? odd_name("c") : ""};
  }

  void add_links() {
    const bool one_each = chance(3);
    for (std::size_t i = draws_.below(4); i > 0 && !one_each; --i) builder_.add_channel(channel());
    for (std::size_t i = draws_.below(30); i > 0; --i) {
      const bool old = !one_each && chance(3) && !builder_.parts().channels.empty();
      const ChannelId id =
          old ? ChannelId(draws_.below(builder_.parts().channels.size())) : builder_.add_channel(channel());
      builder_.add_link_on(id, VertexId(draws_.below(builder_.vertex_count())),
                           VertexId(draws_.below(builder_.vertex_count())));
    }
  }

  RoutingSpec routing() {
    RoutingSpec spec;
    spec.kind = chance(3)   ? RoutingSpec::Kind::up_down
                : chance(2) ? RoutingSpec::Kind::ecmp
                            : RoutingSpec::Kind::shortest_path;
    spec.seed = chance(2) ? draws_.next() : 0;
    if (chance(2)) spec.cross_rail = RoutingSpec::CrossRail::spine;
    if (chance(2)) spec.fabric = RoutingSpec::Kind::dimension_order;
    if (chance(2)) spec.dimensions = {4, 4294967295U};
    if (chance(2)) spec.wrap = {true, false, true};
    if (chance(2)) spec.fabric_dimensions = {2, 3};
    if (chance(2)) spec.fabric_wrap = {false};
    return spec;
  }

  Draws draws_;
  FleetBuilder builder_;
};

inline void expect_equal_parts(const Fleet& a, const Fleet& b) {
  EXPECT_EQ(a.name(), b.name());
  EXPECT_EQ(a.parts().vertices, b.parts().vertices);
  EXPECT_EQ(a.parts().links, b.parts().links);
  EXPECT_EQ(a.parts().channels, b.parts().channels);
  EXPECT_EQ(a.parts().device_models, b.parts().device_models);
  EXPECT_EQ(a.parts().routing, b.parts().routing);
  ASSERT_EQ(a.known_bisection().has_value(), b.known_bisection().has_value());
  if (!a.known_bisection()) return;
  EXPECT_EQ(a.known_bisection()->one_way, b.known_bisection()->one_way);
  EXPECT_EQ(a.known_bisection()->formula, b.known_bisection()->formula);
}

inline std::string written(const Fleet& fleet, const std::string& format) {
  std::ostringstream out;
  find_entry(export_formats(), format, "export format", "").function(fleet, out);
  return std::move(out).str();
}

}  // namespace lockstep::topology::testing
