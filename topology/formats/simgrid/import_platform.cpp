#include <algorithm>
#include <cctype>

#include "topology/formats/import_text.hpp"
#include "topology/formats/simgrid/draft.hpp"
#include "topology/formats/simgrid/fleet_notes.hpp"
#include "topology/formats/simgrid/simgrid.hpp"

namespace lockstep::topology {
namespace {

using simgrid::Draft;
using simgrid::Element;

std::string name_of(const std::vector<Element>& parts, const ImportOptions& options) {
  for (const Element& part : parts) {
    const bool is_zone = part.tag() == "zone" || part.tag() == "AS" || part.tag() == "cluster";
    if (is_zone && part.has("id")) return std::string(part.text("id"));
  }
  return fleet_name_of(options, "platform");
}

void read_part(Draft& draft, const Element& part) {
  if (simgrid::read_what_is_left_out(draft, part)) return;
  if (part.tag() == "cluster") return read_cluster(draft, part, std::nullopt);
  if (part.tag() == "zone" || part.tag() == "AS") return read_zone(draft, part, std::nullopt);
  part.fail("<" + std::string(part.tag()) + "> must stand in a zone");
}

// The text behind everything that XML allows before its first element.
std::string_view first_element(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    std::string_view end;
    if (text.starts_with("<!--")) end = "-->";
    if (text.starts_with("<?")) end = "?>";
    if (text.starts_with("<!DOCTYPE")) end = ">";
    if (end.empty()) return text;
    const auto found = text.find(end);
    if (found == std::string_view::npos) return {};
    text.remove_prefix(found + end.size());
  }
}

}  // namespace

Fleet import_simgrid_platform(const std::string& text, const ImportOptions& options) {
  const XmlSource source(text, options.file);
  const Element platform = simgrid::checked_platform(source);
  const auto parts = platform.children();
  for (const Element& part : parts) {
    if (simgrid::holds_fleet_notes(part)) return simgrid::read_noted_fleet(part);
  }
  Draft draft(name_of(parts, options));
  for (const Element& part : parts) {
    located(part, [&] { read_part(draft, part); });
  }
  if (draft.builder.parts().device_models.empty()) {
    platform.fail("the platform has no host", "a <deployment> file is not enough: give the platform file");
  }
  return draft.take_fleet();
}

bool looks_like_simgrid_platform(const std::string& text, const std::string&) {
  const std::string_view element = first_element(text);
  constexpr std::string_view name = "<platform";
  return element.starts_with(name) && element.size() > name.size() &&
         !std::isalnum(static_cast<unsigned char>(element[name.size()]));
}

}  // namespace lockstep::topology
