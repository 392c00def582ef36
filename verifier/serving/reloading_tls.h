#ifndef COUNTERSIGN_VERIFIER_SERVING_RELOADING_TLS_H_
#define COUNTERSIGN_VERIFIER_SERVING_RELOADING_TLS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "grpcpp/security/server_credentials.h"
#include "http/server/client_names.h"

namespace countersign::verifier {

// PEM files, which may change.
struct TlsFiles {
  std::string cert;
  std::string key;
  std::string client_ca;  // if not empty, clients must show a certificate of one of these
};

// TLS, or mutual TLS, by files that are looked at when a client connects, at most once a second by
// the clock, which must live as long as the process.
// What has changed holds for that connection and later ones, and only if certificate and key belong
// together and the authorities can be read; otherwise that is logged once, and what was good stays.
// Connections that exist are not touched.
//
// InvalidArgument, naming the file, if they cannot be used at the start. What gRPC reads
// from stays in memory until the process ends, as it does not say when it has done with it.
//
// `admits_call` is as in server_tls.h; null: every call.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> CreateReloadingTls(
    const TlsFiles& files, std::function<bool(const http::ClientNames& client)> admits_call,
    const base::Clock* clock = &base::Clock::Real());

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_RELOADING_TLS_H_
