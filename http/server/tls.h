#ifndef COUNTERSIGN_HTTP_SERVER_TLS_H_
#define COUNTERSIGN_HTTP_SERVER_TLS_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "http/server/tls_clients.h"

namespace boost::asio::ssl {
class context;
}  // namespace boost::asio::ssl

namespace countersign::http {

// What a server shows its TLS clients, from PEM files that may change while it runs. TLS 1.2 at
// least; HTTP/1.1 where a client asks by ALPN. No session is resumed: each connection is checked
// anew. Thread-safe.
class TlsIdentity {
 public:
  // InvalidArgument names the file and what is wrong: it cannot be read, holds no certificate or no
  // (unencrypted) private key, or the two do not belong together; or
  // that the file of `clients` holds no certificate.
  static absl::StatusOr<std::unique_ptr<TlsIdentity>> Load(std::string cert_file,
                                                           std::string key_file,
                                                           TlsClients clients = {});

  // For new connections. A context never changes, so that connections keep theirs.
  std::shared_ptr<boost::asio::ssl::context> Current() const ABSL_LOCKS_EXCLUDED(mutex_);

  // The PEM texts of what is shown now, which belong together, for servers that are not ours. The
  // key is a secret.
  struct Pem {
    std::string cert;
    std::string key;
    friend bool operator==(const Pem&, const Pem&) = default;
  };
  Pem CurrentPem() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Reads the files again and, where they have changed and are good, takes them over. Errors as of
  // Load mean that they have changed and are not good: what was good stays. Each such change gives
  // its error once.
  absl::Status Reload() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Context = std::shared_ptr<boost::asio::ssl::context>;
  // What a change is told by.
  struct Files {
    absl::StatusOr<std::string> cert;
    absl::StatusOr<std::string> key;
    absl::StatusOr<std::string> client_ca;
    friend bool operator==(const Files&, const Files&) = default;
  };

  TlsIdentity(std::string cert_file, std::string key_file, TlsClients clients);
  Files Read() const;
  absl::StatusOr<Context> BuildContext(const Files& files) const;

  const std::string cert_file_;
  const std::string key_file_;
  const TlsClients clients_;
  mutable absl::Mutex mutex_;
  Context current_ ABSL_GUARDED_BY(mutex_);
  Pem pem_ ABSL_GUARDED_BY(mutex_);
  std::optional<Files> last_seen_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_TLS_H_
