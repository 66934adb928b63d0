#pragma once

#include <string>

#include "base/json_fields.hpp"

namespace lockstep {

// Applies `--set path.to.field=value` to a JSON document: the value is JSON, or a bare string where it is not. Missing
// objects on the way are made; list items are named by number ("overrides.0.latency"). Throws InputError for text
// without '=' and for paths that lead through something that has no fields.
void apply_setting(Json& document, const std::string& setting);

}  // namespace lockstep
