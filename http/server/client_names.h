#ifndef COUNTERSIGN_HTTP_SERVER_CLIENT_NAMES_H_
#define COUNTERSIGN_HTTP_SERVER_CLIENT_NAMES_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace countersign::http {

// Who a TLS client is: the names in the certificate that it has shown and that has been verified,
// subjectAltNames (RFC 5280 section 4.2.1.6) and, where it is read, the subject's common name.
struct ClientNames {
  std::vector<std::string> dns;
  std::vector<std::string> uris;
  std::string common_name;  // "": there is none, or more than one

  // For people: "dns:ci.example.org, uri:spiffe://example.org/ci, cn:ci", or "none". Printable, and
  // short, whatever a stranger's certificate holds: of more than eight names the rest is counted.
  std::string Describe() const;
};

// One way to name clients in a flag. Immutable.
//   dns:PATTERN  whose certificate has such a DNS name, whatever its case; `*` stands for any
//                number of characters within one label
//   uri:PATTERN  whose certificate has such a URI; `*` stands for any number of characters within
//                one segment, never for all of "", "." or ".."
//   cn:NAME      whose certificate's subject has this common name, exactly
class ClientPattern {
 public:
  enum class CommonNames { kRefused, kTaken };

  // InvalidArgument says what is wrong. Where nobody should rely on common names, which every
  // authority writes as it likes, cn: is refused.
  static absl::StatusOr<ClientPattern> Parse(std::string_view text, CommonNames common_names);

  bool Matches(const ClientNames& client) const;

  // Whether it stands for more than one name: it has a `*`.
  bool IsOfManyNames() const { return pattern_.find('*') != std::string::npos; }

  // As it was parsed, but a DNS name in lower case: "dns:*.example.org". Printable.
  std::string Describe() const;

 private:
  enum class Kind { kDns, kUri, kCommonName };

  ClientPattern(Kind kind, std::string pattern) : kind_(kind), pattern_(std::move(pattern)) {}

  Kind kind_;
  std::string pattern_;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_CLIENT_NAMES_H_
