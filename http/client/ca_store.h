#ifndef COUNTERSIGN_HTTP_CLIENT_CA_STORE_H_
#define COUNTERSIGN_HTTP_CLIENT_CA_STORE_H_

#include <openssl/ssl.h>

#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace countersign::http {

// Authorities as OpenSSL wants them, parsed once for all connections: with some 140 roots that takes
// 20 ms, which nobody's request is to wait for. Thread-safe.
class CaStore {
 public:
  // Of a PEM text (ca_bundle.h), which may have none: then nobody is trusted. InvalidArgument if it
  // does not parse.
  static absl::StatusOr<CaStore> Parse(std::string_view pem);

  // Has connections of a context trust these authorities and no others. One that is no root is
  // trusted like one, as libcurl has it.
  void Install(SSL_CTX* context) const;

 private:
  using Store = std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)>;
  explicit CaStore(Store store) : store_(std::move(store)) {}
  Store store_;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_CA_STORE_H_
