#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lockstep::topology {

// The names that a hostlist of Slurm stands for: "n[001-003,20],login" is n001, n002, n003, n20, login. A range keeps
// the width of its first number; several brackets in one name multiply, the last running fastest.
// Throws InputError at `where` for broken brackets, empty names, and lists of more than `most` names.
std::vector<std::string> expand_hostlist(std::string_view text, const std::string& where, std::size_t most = 1'000'000);

}  // namespace lockstep::topology
