#pragma once

#include <cstddef>
#include <fstream>
#include <string>

namespace lockstep {

// The file, to be read piece by piece. Throws InputError naming `path` for a directory or a file that cannot be opened.
std::ifstream open_text_file(const std::string& path);

// The whole file. Throws InputError naming `path` for a directory, a file that cannot be read, or more than `most`
// bytes (endless devices such as /dev/zero included).
std::string read_text_file(const std::string& path, std::size_t most = std::size_t{1} << 30);

}  // namespace lockstep
