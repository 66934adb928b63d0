#include "topology/formats/simgrid/element.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "topology/formats/simgrid/platform_numbers.hpp"

namespace lockstep::topology::simgrid {

std::vector<Element> Element::children() const {
  std::vector<Element> elements;
  for (const pugi::xml_node child : node_.children()) {
    if (child.type() == pugi::node_element) elements.emplace_back(child, *source_);
  }
  return elements;
}

std::string Element::required(const char* attribute) const {
  const pugi::xml_attribute found = node_.attribute(attribute);
  if (!found) fail("the attribute '" + std::string(attribute) + "' is missing");
  return found.value();
}

Seconds Element::seconds(const char* attribute) const {
  const std::string written = required(attribute);
  const auto value = seconds_from(written);
  if (!value || value->si() < 0) {
    fail(std::string(attribute) + "=\"" + written + "\" is not a time", "write for example \"50us\" or \"0.1ms\"");
  }
  return *value;
}

Bandwidth Element::bandwidth(const char* attribute) const {
  // A Wi-Fi link lists one rate a level; the first is the fastest.
  const std::string written = required(attribute);
  const auto value = bandwidth_from(split(written, ",;").front());
  if (!value || !(value->si() > 0)) {
    fail(std::string(attribute) + "=\"" + written + "\" is not a bandwidth above zero",
         "write for example \"125MBps\" or \"10Gbps\"");
  }
  return *value;
}

FlopRate Element::flop_rate(const char* attribute, std::string_view written) const {
  const auto value = flop_rate_from(written);
  if (!value || !(value->si() > 0)) {
    fail(std::string(attribute) + "=\"" + std::string(written) + "\" is not a speed above zero",
         "write for example \"98.095Mf\" or \"1Gf\"");
  }
  return *value;
}

std::uint32_t Element::count(const char* attribute, std::uint32_t otherwise) const {
  if (!has(attribute)) return otherwise;
  const auto value = count_from(text(attribute));
  if (!value) fail(std::string(attribute) + "=\"" + std::string(text(attribute)) + "\" is not a whole number");
  return *value;
}

std::string Element::choice(const char* attribute, std::initializer_list<const char*> names) const {
  if (!has(attribute)) return *names.begin();
  std::string value(text(attribute));
  if (std::find(names.begin(), names.end(), value) == names.end()) {
    fail(std::string(attribute) + "=\"" + value + "\" is not known here",
         suggest_name(value, std::vector<std::string>(names.begin(), names.end())));
  }
  return value;
}

std::string Element::where() const {
  std::string place = source_->where(node_);
  for (const char* attribute : {"id", "src", "dst"}) {
    if (has(attribute)) place += " " + std::string(attribute) + "=\"" + std::string(text(attribute)) + "\"";
  }
  return place;
}

void Element::fail(const std::string& problem, const std::string& suggestion) const {
  throw InputError({.where = where(), .problem = problem, .suggestion = suggestion});
}

void located(const Element& element, const std::function<void()>& read) {
  try {
    read();
  } catch (const InputError& error) {
    if (!error.text().where.empty()) throw;
    element.fail(error.text().problem, error.text().suggestion);
  }
}

}  // namespace lockstep::topology::simgrid
