#pragma once

#include <string>
#include <vector>

namespace lockstep::testing {

// What one run of the program did.
struct ProgramRun {
  int exit_code = 0;  // -1 when a signal ended it
  std::string out;
  std::string err;
};

// Runs the built program with these arguments and this standard input, in a directory of its own.
ProgramRun run_program(const std::vector<std::string>& arguments, const std::string& standard_input = "");

// The same, interrupted as by Ctrl-C after half a second.
ProgramRun interrupt_program(const std::vector<std::string>& arguments);

// A file in the same directory, for the program to read; returns its path.
std::string write_file(const std::string& name, const std::string& content);
// Whether the program left a file of that name behind.
bool exists_file(const std::string& name);
std::string read_file(const std::string& name);

}  // namespace lockstep::testing
