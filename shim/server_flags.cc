#include "shim/server_flags.h"

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "http/server/client_names.h"

namespace countersign::shim {
namespace {

constexpr char kGroup[] = "Serving";

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

}  // namespace

void AddServerFlags(CLI::App* app, http::Server::Options* options) {
  app->add_option(
         "--listen", options->listen,
         "Address and port to serve HTTPS on: 0.0.0.0:8443, [::1]:8443, or :8443 for every "
         "address, IPv6 ones included where there are any; port 0 picks a free one.")
      ->type_name("ADDRESS")
      ->capture_default_str()
      ->group(kGroup);
  app->add_option("--tls-cert", options->tls_cert_file,
                  "PEM file with the server's certificate chain. Read again when it changes.")
      ->type_name("FILE")
      ->required()
      ->group(kGroup);
  app->add_option("--tls-key", options->tls_key_file,
                  "PEM file with the certificate's private key. Read again when it changes.")
      ->type_name("FILE")
      ->required()
      ->group(kGroup);
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
}

}  // namespace countersign::shim
