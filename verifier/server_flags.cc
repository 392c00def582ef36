#include "verifier/server_flags.h"

#include <cstddef>

#include "http/server/tls_flags.h"

namespace countersign::verifier {
namespace {

constexpr char kGroup[] = "Serving";

void AddBytesFlag(CLI::App* app, const char* name, size_t* bytes, const char* what) {
  app->add_option(name, *bytes, what)
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false))
      ->check(CLI::Range(size_t{4} << 20, size_t{1} << 40))
      ->type_name("BYTES")
      ->capture_default_str()
      ->group(kGroup);
}

void AddSumFlags(CLI::App* app, GrpcServer::Options* options) {
  app->add_option("--max-connections", options->connections.places.connections,
                  "Connections at a time, as far as the process may have twice as many files open. "
                  "When all places are taken, those that never asked anything go first.")
      ->check(CLI::Range(16, 1 << 20))
      ->capture_default_str()
      ->group(kGroup);
  AddBytesFlag(app, "--max-question-bytes", &options->limits.question_bytes,
               "Memory for questions that are being answered (also as 24MiB). Clients that may "
               "not ask for everybody (=*) have 16 MiB beside it.");
  AddBytesFlag(
      app, "--max-answer-bytes", &options->limits.answer_bytes,
      "Memory for answers until they are sent (also as 16MiB). Clients that may not ask "
      "for everybody (=*) have 20 MiB beside it. With less than 16 MiB the longest answers have "
      "no room.");
}

}  // namespace

void AddServerFlags(CLI::App* app, GrpcServer::Options* options) {
  ServerTlsOptions& tls = options->tls;
  app->add_option("--listen", options->listen,
                  "Address and port to serve gRPC on; port 0 picks a free one.")
      ->type_name("ADDRESS")
      ->capture_default_str()
      ->group(kGroup);
  http::AddTlsFlags(app, &tls.cert_file, &tls.key_file, /*is_required=*/false);
  app->add_option("--client-ca", tls.client_ca_file,
                  "PEM file with authorities: only clients with a certificate of one of them are "
                  "served (mutual TLS).")
      ->type_name("FILE")
      ->group(kGroup);
  app->add_option("--allowed-client", options->allowed_clients,
                  "Client that may ask, and on whose behalf the cluster's credentials may be used: "
                  "dns:NAME or uri:NAME as in its certificate's subjectAltName, then =none, "
                  "=shared, =NAMESPACE,... or =*. A '*' within NAME stands for any part of a label "
                  "or path segment. Needs --client-ca; without any rule, every client that it lets "
                  "in may ask for everything. Repeatable.")
      ->type_name("RULE")
      ->allow_extra_args(false)
      ->group(kGroup);
  app->add_flag("--insecure-plaintext", tls.insecure_plaintext,
                "Serve without TLS on an address that other machines can reach. Anybody there can "
                "then ask, and read or change what others ask.")
      ->group(kGroup);
  AddSumFlags(app, options);
}

}  // namespace countersign::verifier
