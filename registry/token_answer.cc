#include "registry/token_answer.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/json_place.h"

namespace countersign::registry {
namespace {

constexpr base::JsonLimits kLimits = {.max_bytes = 64 << 10, .max_depth = 16, .max_values = 2000};
constexpr absl::Duration kDefaultLifetime = absl::Seconds(60);
constexpr absl::Duration kLongestLifetime = absl::Hours(1);

absl::Status NotUnderstood(std::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat("gave an answer that ", why));
}

absl::Duration ReadLifetime(const base::JsonPlace& answer) {
  const absl::StatusOr<int64_t> seconds = answer.OptionalInteger("expires_in");
  if (!seconds.ok() || *seconds == 0) return kDefaultLifetime;
  return std::min(absl::Seconds(*seconds), kLongestLifetime);
}

}  // namespace

absl::StatusOr<TokenAnswer> ParseTokenAnswer(std::string_view body) {
  const absl::StatusOr<base::Json> json = base::ParseJson(body, kLimits);
  if (!json.ok() || !json->is_object()) return NotUnderstood("is not a JSON object");
  const base::JsonPlace answer(*json);
  for (const std::string_view name : {"token", "access_token"}) {
    const absl::StatusOr<std::string> token = answer.OptionalString(name);
    if (!token.ok()) return NotUnderstood("has a token that is not a string");
    if (token->empty()) continue;
    if (!std::all_of(token->begin(), token->end(), absl::ascii_isgraph)) {
      return NotUnderstood("has a token that cannot be sent");
    }
    return TokenAnswer{.token = *token, .lifetime = ReadLifetime(answer)};
  }
  return NotUnderstood("has no token");
}

}  // namespace countersign::registry
