#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/quantity.hpp"

// XML elements of a platform file whose every error names the line and the element. Only for source files of this
// folder: pugixml stays out of the project's interfaces.
namespace lockstep::topology::simgrid {

struct SourceText {
  const std::string& text;
  const std::string& file;
};

class Element {
 public:
  Element(pugi::xml_node node, const SourceText& source) : node_(node), source_(&source) {}

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

  // "platform.xml: line 12, <host id="a">".
  std::string where() const;
  [[noreturn]] void fail(const std::string& problem, const std::string& suggestion = "") const;

 private:
  pugi::xml_node node_;
  const SourceText* source_;
};

// Runs `read`; an InputError that names no place, as those of the fleet's builder, is given the element's.
void located(const Element& element, const std::function<void()>& read);

// The number of the line that holds the byte.
std::string line_of(const std::string& text, std::ptrdiff_t byte);

// Parses text, which must be one well-formed <platform> that uses only the tags and attributes of the platform DTD.
// `document` must outlive what is returned, and `source` too.
Element parse_platform(pugi::xml_document& document, const SourceText& source);

}  // namespace lockstep::topology::simgrid
