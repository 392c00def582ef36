#ifndef COUNTERSIGN_HTTP_SERVER_STATUS_PAGES_H_
#define COUNTERSIGN_HTTP_SERVER_STATUS_PAGES_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "base/metrics.h"
#include "http/server/status_server.h"
#include "http/server/statusz_server.h"

namespace countersign::http {

// What a service says about itself.
struct StatusPages {
  std::string listen;   // --status-listen; "": nothing is served
  std::string program;  // "countersign-shim"
  // What certificates it has: for what each is used, and its file (certificate_metrics.h).
  std::vector<std::pair<std::string, std::string>> certificates;
  std::function<Readiness()> check_readiness;  // as StatusServer::Options says
};

// Adds --status-listen.
void AddStatusFlag(CLI::App* app, std::string* listen);

// Serves `metrics`, to which it adds countersign_build_info, the certificates' ends and what its
// own port holds. Null: no address is given. Errors name the flag. `metrics`, and what the
// functions use, must outlive the server.
absl::StatusOr<std::unique_ptr<StatusServer>> StartStatusPages(const StatusPages& pages,
                                                               base::Metrics* metrics);

// Says in the log that `logger` serves on a port, and where its status pages are, and its page for
// people; null: there are none.
void LogServing(std::string_view logger, const std::string& address, int port,
                const StatusServer* status_server, const StatuszServer* statusz_server = nullptr);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_STATUS_PAGES_H_
