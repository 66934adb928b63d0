#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <pugixml.hpp>
#include <string>

namespace lockstep::topology {

// An XML document that knows its text, so that every complaint names a line. Only for source files: pugixml is heavy.
class XmlSource {
 public:
  // Throws InputError with line and column when the text is not well formed. `text` must outlive the source.
  XmlSource(const std::string& text, std::string file);

  pugi::xml_node root() const { return document_.document_element(); }
  // "file: line 12: <pci>".
  std::string where(pugi::xml_node element) const;
  [[noreturn]] void fail(pugi::xml_node element, const std::string& problem, const std::string& suggestion = "") const;

  // The attribute's whole number; nothing when the attribute is absent or empty. Throws InputError for anything else
  // or a number outside [least, largest].
  std::optional<std::int64_t> whole_number(pugi::xml_node element, const char* attribute, std::int64_t least,
                                           std::int64_t largest) const;
  static constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  // The same within [0, most].
  std::optional<std::int64_t> count(pugi::xml_node element, const char* attribute) const {
    return whole_number(element, attribute, 0, most);
  }

 private:
  const std::string& text_;
  std::string file_;
  pugi::xml_document document_;
};

}  // namespace lockstep::topology
