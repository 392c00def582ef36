#ifndef COUNTERSIGN_HTTP_SERVER_STATUS_SERVER_H_
#define COUNTERSIGN_HTTP_SERVER_STATUS_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "http/server/server.h"

namespace countersign::http {

// Whether a process can do its work now, and what a person should know about that.
struct Readiness {
  bool is_ready = false;
  std::vector<std::string> details;  // a line each
};

// Serves, by plain HTTP, what kubelets and Prometheus ask, and nothing that anybody may not see:
//   GET /livez    200 as long as the process answers
//   GET /readyz   200 or 503; a line "ready" or "not ready", then the details
//   GET /metrics  the metrics as text
// Everything else is 404, another method 405. Thread-safe.
class StatusServer {
 public:
  struct Options {
    std::string listen;  // as listen.h says
    // Called from any thread.
    std::function<Readiness()> check_readiness;
    std::function<std::string()> write_metrics;
  };

  // Errors name the flag, --status-listen. What the functions use must outlive the server.
  static absl::StatusOr<std::unique_ptr<StatusServer>> Start(Options options);

  int port() const { return server_->port(); }

  // As Server::AddMetrics, with "countersign_status_" as the prefix.
  void AddMetrics(base::Metrics* metrics) const {
    server_->AddMetrics("countersign_status_", metrics);
  }

 private:
  explicit StatusServer(std::unique_ptr<Server> server) : server_(std::move(server)) {}

  const std::unique_ptr<Server> server_;
};

// The answer to one request. What other processes say in `details` is made printable.
ServerResponse AnswerStatus(const StatusServer::Options& options, const ServerRequest& request);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_STATUS_SERVER_H_
