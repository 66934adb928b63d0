#pragma once

#include <span>

#include "base/embedded_text.hpp"

namespace lockstep {

// The files of catalog/.
std::span<const EmbeddedText> catalog_texts();

}  // namespace lockstep
