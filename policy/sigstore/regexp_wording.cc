#include "policy/sigstore/regexp_wording.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/regexp.h"
#include "cosign/identity.h"
#include "re2/re2.h"

namespace countersign::policy {
namespace {

constexpr size_t kOfFaulty = 16 << 10;  // instructions
constexpr size_t kOfByte = 8;           // of an expression, to be read

// regexp/syntax.ErrorCode of Go.
std::string_view WordsFor(re2::RE2::ErrorCode code) {
  switch (code) {
    case re2::RE2::ErrorBadEscape:
      return "invalid escape sequence";
    case re2::RE2::ErrorBadCharClass:
      return "invalid character class";
    case re2::RE2::ErrorBadCharRange:
      return "invalid character class range";
    case re2::RE2::ErrorMissingBracket:
      return "missing closing ]";
    case re2::RE2::ErrorMissingParen:
      return "missing closing )";
    case re2::RE2::ErrorUnexpectedParen:
      return "unexpected )";
    case re2::RE2::ErrorTrailingBackslash:
      return "trailing backslash at end of expression";
    case re2::RE2::ErrorRepeatArgument:
      return "missing argument to repetition operator";
    case re2::RE2::ErrorRepeatSize:
      return "invalid repeat count";
    case re2::RE2::ErrorRepeatOp:
      return "invalid nested repetition operator";
    case re2::RE2::ErrorBadPerlOp:
      return "invalid or unsupported Perl syntax";
    case re2::RE2::ErrorBadUTF8:
      return "invalid UTF-8";
    case re2::RE2::ErrorBadNamedCapture:
      return "invalid named capture";
    case re2::RE2::ErrorPatternTooLarge:
      return "expression too large";
    default:
      return "regexp/syntax: internal error";
  }
}

std::string FaultOf(std::string_view expression, size_t& instructions) {
  if (const absl::Status within = base::CheckRegexpText(expression); !within.ok()) {
    return absl::StrCat("error parsing regexp: ", WordsFor(re2::RE2::ErrorPatternTooLarge), " (",
                        within.message(), "): `", base::Printable(expression, 256), "`");
  }
  const re2::RE2 compiled(re2::StringPiece(expression.data(), expression.size()),
                          base::RegexpOptions());
  if (compiled.ok()) {
    instructions = static_cast<size_t>(std::max(1, compiled.ProgramSize()));
    return "";
  }
  // Go names nothing after the backslash, as nothing is there.
  const bool has_end = compiled.error_code() == re2::RE2::ErrorTrailingBackslash;
  return absl::StrCat("error parsing regexp: ", WordsFor(compiled.error_code()), ": `",
                      has_end ? "" : base::Printable(compiled.error_arg(), 256), "`");
}

}  // namespace

std::string RegexpFault(std::string_view expression) {
  size_t instructions = 0;
  return FaultOf(expression, instructions);
}

std::string RegexpFaults::Of(const std::string& expression) {
  const auto known = known_.find(expression);
  if (known != known_.end()) return known->second;
  if (is_full_) return "";
  size_t instructions = kOfFaulty;
  std::string fault = FaultOf(expression, instructions);
  instructions += kOfByte * std::min(expression.size(), base::kMaxRegexpBytes);
  is_full_ = instructions > left_;
  left_ -= std::min(left_, instructions);
  known_.emplace(expression, fault);
  return fault;
}

}  // namespace countersign::policy
