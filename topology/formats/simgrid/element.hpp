#pragma once

#include <functional>
#include <initializer_list>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/quantity.hpp"
#include "topology/formats/xml_source.hpp"

// XML elements of a platform file whose every error names the line and the element. Only for source files of this
// folder: pugixml stays out of the project's interfaces.
namespace lockstep::topology::simgrid {

class Element {
 public:
  Element(pugi::xml_node node, const XmlSource& source) : node_(node), source_(&source) {}

  std::string_view tag() const { return node_.name(); }
  pugi::xml_node node() const { return node_; }
  std::vector<Element> children() const;

  // An absent attribute reads as empty, which is also how SimGrid marks those that were not given.
  std::string_view text(const char* attribute) const { return node_.attribute(attribute).value(); }
  bool has(const char* attribute) const { return !text(attribute).empty(); }
  // Throws InputError when the attribute is absent. An empty value is legal (the prefix of a cluster).
  std::string required(const char* attribute) const;

  Seconds seconds(const char* attribute) const;
  Bandwidth bandwidth(const char* attribute) const;
  FlopRate flop_rate(const char* attribute, std::string_view text) const;
  std::uint32_t count(const char* attribute, std::uint32_t otherwise) const;
  // One of `names`; the first where the attribute is absent.
  std::string choice(const char* attribute, std::initializer_list<const char*> names) const;

  // "platform.xml: line 12: <host> id="a"".
  std::string where() const;
  [[noreturn]] void fail(const std::string& problem, const std::string& suggestion = "") const;

 private:
  pugi::xml_node node_;
  const XmlSource* source_;
};

// Runs `read`; an InputError that names no place, as those of the fleet's builder, is given the element's.
void located(const Element& element, const std::function<void()>& read);

// The root of the text, which must be one <platform> that uses only the tags and attributes of the platform DTD. Throws
// InputError. `source` must outlive all elements.
Element checked_platform(const XmlSource& source);

}  // namespace lockstep::topology::simgrid
