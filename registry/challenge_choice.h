#ifndef COUNTERSIGN_REGISTRY_CHALLENGE_CHOICE_H_
#define COUNTERSIGN_REGISTRY_CHALLENGE_CHOICE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "http/client/client.h"

namespace countersign::registry {

// Of the challenges of a server the one that is answered: how it wants to be asked.
struct ChosenChallenge {
  enum class Scheme { kUnspecified = 0, kBasic, kBearer };
  Scheme scheme = Scheme::kUnspecified;
  // Of Bearer (distribution specifications, "Token Authentication"); "" where it says nothing.
  std::string realm;
  std::string service;
  std::string scope;

  // About what it takes in memory.
  size_t bytes() const { return sizeof(*this) + realm.size() + service.size() + scope.size(); }
  friend bool operator==(const ChosenChallenge&, const ChosenChallenge&) = default;
};

// Of all challenges of an answer, the one to answer: bearer before basic, as that shows the
// registry less. nullopt: there is none that is understood.
std::optional<ChosenChallenge> ChooseChallenge(const http::ClientResponse& response);

// What the server wants where ChooseChallenge finds nothing: "Digest authentication", of the first
// challenge, in quotes and printable; or "a kind of authentication that cannot be read". "" where
// there is no challenge.
std::string DescribeUnknownChallenge(const http::ClientResponse& response);

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_CHALLENGE_CHOICE_H_
