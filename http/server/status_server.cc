#include "http/server/status_server.h"

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/printable.h"

namespace countersign::http {
namespace {

// Two that ask every second or so, and a person: few of everything. But a probe is lost after a
// second, and strangers reach this port, too.
constexpr int kMaxRequests = 16;
constexpr int kMaxConnections = 256;
constexpr int kMaxUnansweredPerSource = 32;
constexpr size_t kMaxBodyBytes = 4 << 10;
constexpr size_t kMaxAllBodyBytes = 256 << 10;
constexpr size_t kMaxDetailBytes = 4 << 10;
constexpr absl::Duration kHeadTimeout = absl::Seconds(2);
constexpr absl::Duration kIdleTimeout = absl::Seconds(60);

ServerResponse Text(int status, std::string body) {
  return {.status = status, .body = std::move(body)};
}

ServerResponse WriteReadiness(const Readiness& readiness) {
  std::string text = readiness.is_ready ? "ready\n" : "not ready\n";
  for (const std::string& detail : readiness.details) {
    absl::StrAppend(&text, base::Printable(detail, kMaxDetailBytes), "\n");
  }
  return Text(readiness.is_ready ? 200 : 503, std::move(text));
}

}  // namespace

ServerResponse AnswerStatus(const StatusServer::Options& options, const ServerRequest& request) {
  const bool is_live = request.path == "/livez";
  const bool is_ready = request.path == "/readyz";
  if (!is_live && !is_ready && request.path != "/metrics") {
    return Text(404, "There is /livez, /readyz and /metrics here.\n");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return Text(405, absl::StrCat(request.path, " takes GET only.\n"));
  }
  if (is_live) return Text(200, "ok\n");
  if (is_ready) return WriteReadiness(options.check_readiness());
  return {.status = 200,
          .content_type = "text/plain; version=0.0.4; charset=utf-8",
          .body = options.write_metrics()};
}

absl::StatusOr<std::unique_ptr<StatusServer>> StatusServer::Start(Options options) {
  const Server::Options server_options = {.listen = options.listen,
                                          .max_body_bytes = kMaxBodyBytes,
                                          .max_request_memory = kMaxAllBodyBytes,
                                          .max_requests = kMaxRequests,
                                          .max_connections = kMaxConnections,
                                          .max_unanswered_per_source = kMaxUnansweredPerSource,
                                          .head_timeout = kHeadTimeout,
                                          .body_grace = kHeadTimeout,
                                          .idle_timeout = kIdleTimeout};
  absl::StatusOr<std::unique_ptr<Server>> server = Server::StartUnsafePlaintext(
      server_options, Blocking([options = std::move(options)](const ServerRequest& request) {
        return AnswerStatus(options, request);
      }));
  if (!server.ok()) {
    return absl::Status(server.status().code(),
                        absl::StrCat("--status-listen: ", server.status().message()));
  }
  return std::unique_ptr<StatusServer>(new StatusServer(*std::move(server)));
}

}  // namespace countersign::http
