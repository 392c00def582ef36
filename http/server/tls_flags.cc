#include "http/server/tls_flags.h"

namespace countersign::http {

void AddTlsFlags(CLI::App* app, std::string* cert_file, std::string* key_file, bool is_required) {
  const auto add = [app, is_required](const char* flag, std::string* file, const char* help) {
    app->add_option(flag, *file, help)->type_name("FILE")->required(is_required)->group("Serving");
  };
  add("--tls-cert", cert_file,
      "PEM file with the server's certificate chain. Read again when it changes.");
  add("--tls-key", key_file,
      "PEM file with the certificate's private key. Read again when it changes.");
}

}  // namespace countersign::http
