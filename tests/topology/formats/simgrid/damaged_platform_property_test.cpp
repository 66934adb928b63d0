#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/random_stream.hpp"
#include "tests/topology/formats/simgrid/platforms.hpp"
#include "topology/formats/simgrid/simgrid.hpp"

namespace lockstep::topology {
namespace {

std::vector<std::string> samples() {
  std::vector<std::string> texts;
  for (const std::string& name : platform_names()) texts.push_back(platform_text(name));
  texts.push_back(platform_text("vivaldi"));
  std::ostringstream noted;
  export_simgrid_platform(platform("cluster_zones"), noted);
  texts.push_back(noted.str());
  return texts;
}

// Whatever happens, it is a fleet or an InputError; anything else leaves the test as an exception or a crash.
bool is_read(const std::string& text) {
  try {
    const Fleet fleet = import_text(text);
    std::vector<LinkId> route;
    for (const VertexId device : fleet.devices()) fleet.append_route(fleet.devices()[0], device, 0, route);
    return true;
  } catch (const InputError&) {
    return false;
  }
}

TEST(DamagedPlatform, IsNeverReadWhenItIsCutOff) {
  RandomStream random(1, "tests/simgrid/cut");
  for (const std::string& text : samples()) {
    const std::size_t end = text.find("</platform>");
    for (int i = 0; i < 50; ++i) EXPECT_FALSE(is_read(text.substr(0, random.below(end + 1))));
  }
}

std::string with_changed_byte(std::string text, RandomStream& random) {
  constexpr std::string_view bytes = "<>/=\"'&-0129,;. abzZ\n\xff";
  text[random.below(text.size())] = bytes[random.below(bytes.size())];
  return text;
}

std::string with_moved_piece(std::string text, RandomStream& random) {
  const std::size_t begin = random.below(text.size());
  const std::string piece = text.substr(begin, random.below(40));
  return text.insert(random.below(text.size()), piece);
}

// Replaces one attribute's value by that of another.
std::string with_swapped_value(std::string text, RandomStream& random) {
  const auto value_behind = [&](std::size_t at) {
    const std::size_t begin = text.find('"', text.find('=', at)) + 1;
    return std::pair{begin, text.find('"', begin) - begin};
  };
  const std::size_t last_value = text.rfind("=\"");
  const auto [from, from_size] = value_behind(random.below(last_value));
  const auto [to, to_size] = value_behind(random.below(last_value));
  return text.replace(to, to_size, text.substr(from, from_size));
}

TEST(DamagedPlatform, IsReadOrRefusedButNothingElse) {
  RandomStream random(2, "tests/simgrid/damage");
  std::size_t read = 0;
  for (const std::string& text : samples()) {
    for (int i = 0; i < 150; ++i) {
      read += is_read(with_changed_byte(text, random)) ? 1 : 0;
      read += is_read(with_moved_piece(text, random)) ? 1 : 0;
      read += is_read(with_swapped_value(text, random)) ? 1 : 0;
    }
  }
  EXPECT_GT(read, 0u);  // else nothing but refusals was tried
}

}  // namespace
}  // namespace lockstep::topology
