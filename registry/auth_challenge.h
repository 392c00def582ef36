#ifndef COUNTERSIGN_REGISTRY_AUTH_CHALLENGE_H_
#define COUNTERSIGN_REGISTRY_AUTH_CHALLENGE_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace countersign::registry {

// How a server wants a client to authenticate: one challenge of a WWW-Authenticate header, such as
// `Bearer realm="https://auth.example.org/token",service="registry"`.
struct AuthChallenge {
  std::string scheme;                                       // in lower case: "basic", "bearer"
  std::string token68;                                      // instead of parameters, or ""
  std::vector<std::pair<std::string, std::string>> params;  // names in lower case; values unquoted

  std::optional<std::string_view> FindParam(std::string_view name) const;
  friend bool operator==(const AuthChallenge&, const AuthChallenge&) = default;
};

// The challenges of one WWW-Authenticate field value, in their order (RFC 9110, sections 11.3 and
// 11.6.1), read as registries write them: a value without quotes ends with the next comma, whatever
// is in it; of a parameter that is there twice, the first counts; what makes no sense is passed
// over. At most 32 challenges of at most 32 parameters.
std::vector<AuthChallenge> ParseAuthChallenges(std::string_view field_value);

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_AUTH_CHALLENGE_H_
