#include "registry/challenge_choice.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "http/client/client.h"
#include "registry/auth_challenge.h"

namespace countersign::registry {
namespace {

constexpr size_t kMaxSchemeBytes = 32;

std::vector<AuthChallenge> AllChallenges(const http::ClientResponse& response) {
  std::vector<AuthChallenge> all;
  for (const auto& [name, value] : response.headers) {
    if (name != "www-authenticate") continue;
    for (AuthChallenge& challenge : ParseAuthChallenges(value)) all.push_back(std::move(challenge));
  }
  return all;
}

std::string Param(const AuthChallenge& challenge, std::string_view name) {
  return std::string(challenge.FindParam(name).value_or(""));
}

}  // namespace

std::optional<ChosenChallenge> ChooseChallenge(const http::ClientResponse& response) {
  std::optional<ChosenChallenge> basic;
  for (const AuthChallenge& challenge : AllChallenges(response)) {
    if (challenge.scheme == "bearer" && !Param(challenge, "realm").empty()) {
      return ChosenChallenge{.scheme = ChosenChallenge::Scheme::kBearer,
                             .realm = Param(challenge, "realm"),
                             .service = Param(challenge, "service"),
                             .scope = Param(challenge, "scope")};
    }
    if (challenge.scheme == "basic")
      basic = ChosenChallenge{.scheme = ChosenChallenge::Scheme::kBasic};
  }
  return basic;
}

std::string DescribeUnknownChallenge(const http::ClientResponse& response) {
  if (!response.FindHeader("www-authenticate").has_value()) return "";
  const std::vector<AuthChallenge> all = AllChallenges(response);
  if (all.empty()) return "a kind of authentication that cannot be read";
  if (all.front().scheme == "bearer") return "Bearer authentication, but names no token service";
  return absl::StrCat(base::Quoted(all.front().scheme, kMaxSchemeBytes), " authentication");
}

}  // namespace countersign::registry
