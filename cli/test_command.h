#ifndef COUNTERSIGN_CLI_TEST_COMMAND_H_
#define COUNTERSIGN_CLI_TEST_COMMAND_H_

#include <algorithm>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "gtest/gtest.h"

namespace countersign::cli {

// What a command did.
struct Answer {
  int exit_code = -1;
  std::string output;
  std::string errors;
};

// Runs the subcommand that `add` (AddVerifyCommand and its like) adds, by that name, with these
// arguments. For tests only; not thread-safe, as it takes the program's output.
inline Answer RunCommand(void (*add)(CLI::App* app, int* exit_code), const std::string& name,
                         std::vector<std::string> arguments) {
  CLI::App app;
  Answer answer;
  add(&app, &answer.exit_code);
  arguments.insert(arguments.begin(), name);
  // As CLI11 wants them.
  std::reverse(arguments.begin(), arguments.end());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  app.parse(arguments);
  answer.output = testing::internal::GetCapturedStdout();
  answer.errors = testing::internal::GetCapturedStderr();
  return answer;
}

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_TEST_COMMAND_H_
