#ifndef COUNTERSIGN_REGISTRY_TOKEN_ANSWER_H_
#define COUNTERSIGN_REGISTRY_TOKEN_ANSWER_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace countersign::registry {

// What a token service gave (distribution specifications, "Token Response Fields").
struct TokenAnswer {
  std::string token;        // printable, not empty
  absl::Duration lifetime;  // 60 seconds where it says nothing, an hour at most; may be negative
};

// FailedPrecondition "gave an answer that …", to follow the service's name; it quotes nothing.
absl::StatusOr<TokenAnswer> ParseTokenAnswer(std::string_view body);

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_TOKEN_ANSWER_H_
