#include "policy/sigstore/check_identity.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json_pointer.h"
#include "policy/sigstore/regexp_shape.h"
#include "re2/re2.h"

namespace countersign::policy {
namespace {

using base::JsonPointer;

// Without flags for the whole of it.
std::string_view WithoutFlags(std::string_view expression) {
  static const re2::RE2* const flags = new re2::RE2("\\(\\?[imsU]+\\)");
  re2::StringPiece rest(expression.data(), expression.size());
  re2::RE2::Consume(&rest, *flags);
  return std::string_view(rest.data(), rest.size());
}

bool MatchesEverything(std::string_view expression) {
  static const re2::RE2* const everything =
      new re2::RE2("(?:\\^|\\\\A)?\\(?(?:\\.[*+][?]?)+\\)?(?:\\$|\\\\z)?");
  return re2::RE2::FullMatch(re2::StringPiece(expression.data(), expression.size()), *everything);
}

void CheckRegexp(const std::string& regexp, std::string_view what, const std::string& pointer,
                 std::vector<Finding>& findings) {
  const auto warn = [&](std::string reason) {
    findings.push_back({pointer, std::move(reason), /*refuses=*/false});
  };
  if (regexp.empty()) return;
  const std::string_view expression = WithoutFlags(regexp);
  if (MatchesEverything(expression)) return warn(absl::StrCat("matches every ", what));
  const RegexpShape shape = ShapeOf(expression);
  if (shape.splits_anchors) {
    warn("its ^ is for the first alternative alone, and its $ for the last: write ^(?:...)$");
  } else if (!shape.begins_anchored || !shape.ends_anchored) {
    warn(absl::StrCat("matches every ", what,
                      " that has this anywhere in it: write ^ before and $ after it"));
  }
  if (shape.has_bare_dot) {
    warn("a dot stands for any character: write \\. for a dot");
  }
}

void CheckText(const std::string& text, std::string_view regexp_member, const std::string& pointer,
               std::vector<Finding>& findings) {
  if (text.find('*') == std::string::npos) return;
  findings.push_back({pointer,
                      absl::StrCat("is compared as it is written, and a star means a star: write ",
                                   regexp_member, " for more than one"),
                      /*refuses=*/false});
}

}  // namespace

void CheckIdentity(const IdentitySpec& identity, const std::string& pointer,
                   std::vector<Finding>& findings) {
  CheckText(identity.issuer, "issuerRegExp", JsonPointer(pointer, "issuer"), findings);
  CheckText(identity.subject, "subjectRegExp", JsonPointer(pointer, "subject"), findings);
  CheckRegexp(identity.issuer_regexp, "issuer", JsonPointer(pointer, "issuerRegExp"), findings);
  CheckRegexp(identity.subject_regexp, "subject", JsonPointer(pointer, "subjectRegExp"), findings);
}

}  // namespace countersign::policy
