#include "base/regexp.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"

namespace countersign::base {

re2::RE2::Options RegexpOptions() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxRegexpMemory);
  return options;
}

absl::StatusOr<std::shared_ptr<const re2::RE2>> CompileRegexp(const std::string& expression) {
  if (expression.size() > kMaxRegexpBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("it is longer than ", kMaxRegexpBytes, " bytes"));
  }
  auto compiled = std::make_shared<const re2::RE2>(expression, RegexpOptions());
  if (!compiled->ok()) return absl::InvalidArgumentError(Printable(compiled->error()));
  return compiled;
}

}  // namespace countersign::base
