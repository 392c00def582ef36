#ifndef COUNTERSIGN_BASE_PROGRAM_H_
#define COUNTERSIGN_BASE_PROGRAM_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"

namespace countersign::base {

// The exit status of a command line that cannot be used.
inline constexpr int kUsageError = 2;

// Call first in main, before any thread is started. Nothing of the process gets into a core file
// (core_dump.h), and what gRPC has to say becomes lines of our log (grpc_log.h). Abseil's mutexes look
// for deadlocks by themselves unless they were built without, which costs each lock in the system's
// libraries: that is for tests.
void BeginProgram();

// A command line: --version and --help are there, and long flags have room in the help.
std::unique_ptr<CLI::App> MakeCommandLine(std::string_view name, std::string_view description);

// Reads it. A number: the process ends with it at once, and what there is to say has been said.
std::optional<int> Parse(CLI::App& command_line, int argc, char** argv);

// Says on standard error why the program does not begin its work; the exit status.
int RefuseToStart(const CLI::App& command_line, const absl::Status& why);

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_PROGRAM_H_
