#include "policy/sigstore/check_identity.h"

#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json_pointer.h"
#include "re2/re2.h"

namespace countersign::policy {
namespace {

using base::JsonPointer;

// What an expression is made of, as far as it is looked at here.
struct Traits {
  bool begins_anchored = false;
  bool ends_anchored = false;
  bool has_alternatives = false;  // outside of all parentheses
  bool has_bare_dot = false;      // one that is not repeated
};

// Without flags for the whole of it.
std::string_view WithoutFlags(std::string_view expression) {
  static const re2::RE2* const flags = new re2::RE2("\\(\\?[imsU]+\\)");
  re2::StringPiece rest(expression.data(), expression.size());
  re2::RE2::Consume(&rest, *flags);
  return std::string_view(rest.data(), rest.size());
}

Traits TraitsOf(std::string_view expression) {
  Traits traits;
  traits.begins_anchored = expression.starts_with('^') || expression.starts_with("\\A");
  int depth = 0;
  bool is_in_class = false;
  for (size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    const char next = i + 1 < expression.size() ? expression[i + 1] : '\0';
    if (c == '\\') {
      traits.ends_anchored = next == 'z' && i + 2 == expression.size();
      ++i;
      continue;
    }
    traits.ends_anchored = !is_in_class && c == '$' && i + 1 == expression.size();
    if (is_in_class) {
      is_in_class = c != ']';
    } else if (c == '[') {
      is_in_class = true;
      // A bracket at its front is one of its characters.
      if (next == '^') ++i;
      if (i + 1 < expression.size() && expression[i + 1] == ']') ++i;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      --depth;
    } else if (c == '|') {
      traits.has_alternatives = traits.has_alternatives || depth == 0;
    } else if (c == '.') {
      constexpr std::string_view kRepetitions = "*+?{";
      if (next == '\0' || kRepetitions.find(next) == std::string_view::npos)
        traits.has_bare_dot = true;
    }
  }
  return traits;
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
  const Traits traits = TraitsOf(expression);
  if (!traits.begins_anchored || !traits.ends_anchored) {
    warn(absl::StrCat("matches every ", what,
                      " that has this anywhere in it: write ^ before and $ after it"));
  } else if (traits.has_alternatives) {
    warn("its ^ is for the first alternative alone, and its $ for the last: write ^(?:...)$");
  }
  if (traits.has_bare_dot) {
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
