#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace lockstep {

// Keeps the keys of an object in the order of the file.
using Json = nlohmann::ordered_json;

// Parses text (comments allowed) in time proportional to its length. Throws InputError naming `file` and the place for
// broken text, a key given twice, or nesting deeper than any real input.
Json parse_json(const std::string& text, const std::string& file);

}  // namespace lockstep
