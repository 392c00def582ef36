#ifndef COUNTERSIGN_HTTP_CLIENT_CLIENT_IDENTITY_H_
#define COUNTERSIGN_HTTP_CLIENT_CLIENT_IDENTITY_H_

#include <string>

namespace countersign::http {

// What a client shows servers that ask who it is: PEM certificates, its own first, and its
// unencrypted private key. Both or neither.
struct ClientIdentity {
  std::string certificate_pem;
  std::string key_pem;

  bool IsGiven() const { return !certificate_pem.empty(); }
  friend bool operator==(const ClientIdentity&, const ClientIdentity&) = default;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_CLIENT_IDENTITY_H_
