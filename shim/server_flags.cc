#include "shim/server_flags.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "http/server/client_names.h"
#include "http/server/tls_flags.h"

namespace countersign::shim {
namespace {

constexpr char kGroup[] = "Serving";
// The largest review, with what is taken to be made of it, is half of that (shim/routes.h).
constexpr size_t kLeastRequestMemory = 24 << 20;

void AddAllowedClients(const std::vector<std::string>& names, http::Server::Options* options) {
  for (const std::string& name : names) {
    const absl::StatusOr<http::ClientPattern> pattern =
        http::ClientPattern::Parse(name, http::ClientPattern::CommonNames::kTaken);
    if (!pattern.ok()) {
      throw CLI::ValidationError("--allowed-client " + name,
                                 std::string(pattern.status().message()));
    }
    options->clients.allowed.push_back(*pattern);
  }
}

void AddSumFlags(CLI::App* app, http::Server::Options* options) {
  app->add_option(
         "--max-connections", options->max_connections,
         "Connections at a time, as far as the process may have that many files open. When "
         "all places are taken, those that never asked anything go first.")
      ->check(CLI::Range(16, 1 << 20))
      ->capture_default_str()
      ->group(kGroup);
  app->add_option("--max-request-bytes", options->max_request_memory,
                  "What requests in progress may take of memory together (also as 96MiB): their "
                  "bodies, and what is made of them. One source address may have half. What finds "
                  "no room in time is answered 503.")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false))
      ->check(CLI::Range(kLeastRequestMemory, size_t{1} << 40))
      ->type_name("BYTES")
      ->capture_default_str()
      ->group(kGroup);
}

}  // namespace

void AddServerFlags(CLI::App* app, http::Server::Options* options) {
  app->add_option(
         "--listen", options->listen,
         "Address and port to serve HTTPS on: 0.0.0.0:8443, [::1]:8443, or :8443 for every "
         "address, IPv6 ones included where there are any; port 0 picks a free one.")
      ->type_name("ADDRESS")
      ->capture_default_str()
      ->group(kGroup);
  http::AddTlsFlags(app, &options->tls_cert_file, &options->tls_key_file, /*is_required=*/true);
  CLI::Option* const client_ca =
      app->add_option("--client-ca", options->clients.ca_file,
                      "PEM file with the authorities of clients' certificates: who shows none of "
                      "theirs is refused. Read again when it changes. Without it anybody who "
                      "reaches the port may ask, in any namespace's name.")
          ->type_name("FILE")
          ->group(kGroup);
  app->add_option_function<std::vector<std::string>>(
         "--allowed-client",
         [options](const std::vector<std::string>& names) { AddAllowedClients(names, options); },
         "With --client-ca: a client that may ask, by a name in its certificate: dns:PATTERN, "
         "uri:PATTERN, where * stands for a part of one label or segment, or cn:NAME for its "
         "subject's common name. Repeatable. Without any, every client of these authorities may.")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->needs(client_ca)
      ->group(kGroup);
  AddSumFlags(app, options);
}

}  // namespace countersign::shim
