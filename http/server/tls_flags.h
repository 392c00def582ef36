#ifndef COUNTERSIGN_HTTP_SERVER_TLS_FLAGS_H_
#define COUNTERSIGN_HTTP_SERVER_TLS_FLAGS_H_

#include <string>

#include "CLI/CLI.hpp"

namespace countersign::http {

// Adds --tls-cert and --tls-key, which name the files of what a server shows its clients, to `app`.
// `is_required`: it cannot serve without them. The strings must outlive the parsing.
void AddTlsFlags(CLI::App* app, std::string* cert_file, std::string* key_file, bool is_required);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_TLS_FLAGS_H_
