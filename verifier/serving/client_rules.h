#ifndef COUNTERSIGN_VERIFIER_SERVING_CLIENT_RULES_H_
#define COUNTERSIGN_VERIFIER_SERVING_CLIENT_RULES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "http/server/client_names.h"

namespace countersign::verifier {

// What a client may ask for. The default one: nothing.
struct ClientRights {
  // It may ask at all.
  bool may_ask = false;
  // Credentials that serve every namespace (those that the policy's patterns name, and the
  // deployment's own) may be used on its behalf.
  bool shared_credentials = false;
  // The namespaces on whose behalf it may ask, so that their credentials are used and the policy's
  // exclusions apply; `*` stands for any number of any characters.
  std::vector<std::string> namespaces;

  // Whether it may ask on behalf of every namespace there is: a rule says `*`.
  bool CoversAll() const;

  // Whether it may ask on behalf of this namespace. Nobody needs a right to name none: "".
  bool Covers(std::string_view workload_namespace) const;
};

// The operator's list of clients, one rule for each (`--allowed-client`):
//   dns:PATTERN=RIGHTS   a client whose certificate has such a DNS name
//   uri:PATTERN=RIGHTS   a client whose certificate has such a URI
// where PATTERN is read as http::ClientPattern does, and RIGHTS is one of
//   none                 it may ask; images are looked at anonymously
//   shared               the shared credentials are used as well
//   NAMESPACE,...        and it may ask on behalf of these namespaces, `*` being part of any name;
//                        `*` alone is every namespace
// A certificate's common name is not looked at. A client that several rules name has the rights of
// all of them together. Immutable, thread-safe.
class ClientRules {
 public:
  // InvalidArgument "--allowed-client RULE: why". No rules: every client has every right.
  static absl::StatusOr<ClientRules> Parse(const std::vector<std::string>& rules);

  // Whether clients are told apart.
  bool empty() const { return rules_.empty(); }

  ClientRights RightsOf(const http::ClientNames& client) const;

  // Sentences for the operator about rules that may give more than was meant: one that lets every
  // name of some form ask on behalf of everybody, so that whoever can have a certificate for any
  // such name, such as that of a Service in his own namespace, can.
  std::vector<std::string> Warnings() const;

 private:
  struct Rule {
    http::ClientPattern clients;
    ClientRights rights;
  };

  static absl::StatusOr<Rule> ParseRule(std::string_view text);

  std::vector<Rule> rules_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_CLIENT_RULES_H_
