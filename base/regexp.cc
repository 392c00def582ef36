#include "base/regexp.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status_macros.h"

namespace countersign::base {

re2::RE2::Options RegexpOptions() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxRegexpMemory);
  return options;
}

absl::Status CheckRegexpText(std::string_view expression) {
  if (expression.size() > kMaxRegexpBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("it is longer than ", kMaxRegexpBytes, " bytes"));
  }
  size_t classes = 0;
  for (size_t i = 0; i + 1 < expression.size(); ++i) {
    classes += expression[i] == '\\' && (expression[i + 1] == 'p' || expression[i + 1] == 'P');
  }
  if (classes > kMaxUnicodeClasses) {
    return absl::InvalidArgumentError(
        absl::StrCat("it names classes of Unicode more than ", kMaxUnicodeClasses, " times"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const re2::RE2>> CompileRegexp(const std::string& expression) {
  CS_RETURN_IF_ERROR(CheckRegexpText(expression));
  auto compiled = std::make_shared<const re2::RE2>(expression, RegexpOptions());
  if (!compiled->ok()) return absl::InvalidArgumentError(Printable(compiled->error()));
  return compiled;
}

}  // namespace countersign::base
