#include "base/program.h"

#include <cstdio>

#include "absl/synchronization/mutex.h"
#include "base/core_dump.h"
#include "base/grpc_log.h"
#include "base/version.h"

namespace countersign::base {

void BeginProgram() {
  ForbidCoreDumps();
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  TakeOverGrpcLog();
}

std::unique_ptr<CLI::App> MakeCommandLine(std::string_view name, std::string_view description) {
  auto app = std::make_unique<CLI::App>(std::string(description), std::string(name));
  app->set_version_flag("--version", std::string(kVersion));
  app->get_formatter()->column_width(42);
  return app;
}

std::optional<int> Parse(CLI::App& command_line, int argc, char** argv) {
  try {
    command_line.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return command_line.exit(error) == 0 ? 0 : kUsageError;
  }
  return std::nullopt;
}

int RefuseToStart(const CLI::App& command_line, const absl::Status& why) {
  std::fprintf(stderr, "%s: %s\n", command_line.get_name().c_str(),
               std::string(why.message()).c_str());
  return kUsageError;
}

}  // namespace countersign::base
