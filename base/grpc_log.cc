#include "base/grpc_log.h"

#include <grpc/support/log.h>

#include "absl/strings/str_cat.h"
#include "base/log.h"

namespace countersign::base {
namespace {

LogLevel LevelOf(gpr_log_severity severity) {
  switch (severity) {
    case GPR_LOG_SEVERITY_DEBUG:
      return LogLevel::kDebug;
    case GPR_LOG_SEVERITY_INFO:
      return LogLevel::kInfo;
    case GPR_LOG_SEVERITY_ERROR:
      break;
  }
  return LogLevel::kWarning;
}

void Write(gpr_log_func_args* line) {
  Log(LevelOf(line->severity), "grpc", line->message,
      {{"source", absl::StrCat(line->file, ":", line->line)}});
}

}  // namespace

void TakeOverGrpcLog() { gpr_set_log_function(&Write); }

}  // namespace countersign::base
