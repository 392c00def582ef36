#ifndef COUNTERSIGN_HTTP_SERVER_TLS_CLIENTS_H_
#define COUNTERSIGN_HTTP_SERVER_TLS_CLIENTS_H_

#include <openssl/ssl.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "http/server/client_names.h"

namespace boost::asio::ssl {
class context;
}  // namespace boost::asio::ssl

namespace countersign::http {

// Which TLS clients a server talks to. The default: all, and none is asked for a certificate.
struct TlsClients {
  // PEM file with the authorities of clients' certificates. With it, a client that shows none of
  // theirs, or one that is not for clients, is refused in the handshake.
  std::string ca_file;
  // And so is a client with no name that one of these matches; empty: every such client is taken.
  std::vector<ClientPattern> allowed;
};

// Makes `context` ask clients for certificates. `ca_pem` is what `clients.ca_file` holds;
// InvalidArgument if that is no PEM certificate. Nothing is done where there is no file.
absl::Status AskForCertificates(const TlsClients& clients, std::string_view ca_pem,
                                boost::asio::ssl::context* context);

// From now on, why the certificate of `ssl`'s client was refused, with its names, is written to
// `why`, which must live as long as `ssl`.
void KeepRefusalOf(SSL* ssl, std::string* why);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_TLS_CLIENTS_H_
