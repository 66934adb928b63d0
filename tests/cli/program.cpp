#include "tests/cli/program.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "tests/own_folder.hpp"

namespace lockstep::testing {

std::string write_file(const std::string& name, const std::string& content) {
  return own_file(name, content);
}

bool exists_file(const std::string& name) {
  return std::filesystem::exists(own_folder() / name);
}

std::string read_file(const std::string& name) {
  std::ifstream in(own_folder() / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

namespace {

pid_t start_program(const std::vector<std::string>& arguments, const std::string& standard_input) {
  const std::string in = write_file(".in", standard_input);
  const std::string out = write_file(".out", "");
  const std::string err = write_file(".err", "");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, in.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_TRUNC, 0);
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_TRUNC, 0);
  posix_spawn_file_actions_addchdir_np(&actions, own_folder().c_str());
  std::string program = LOCKSTEP_PROGRAM;
  std::vector<std::string> texts = arguments;
  std::vector<char*> argv = {program.data()};
  for (std::string& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  const int failure = posix_spawn(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(failure, 0) << "cannot start " << program;
  return child;
}

ProgramRun outcome_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(".out"), read_file(".err")};
}

}  // namespace

ProgramRun run_program(const std::vector<std::string>& arguments, const std::string& standard_input) {
  return outcome_of(start_program(arguments, standard_input));
}

ProgramRun interrupt_program(const std::vector<std::string>& arguments) {
  const pid_t child = start_program(arguments, "");
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  kill(child, SIGINT);
  return outcome_of(child);
}

}  // namespace lockstep::testing
