#include "http/server/statusz_server.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "http/server/html_page.h"

namespace countersign::http {
namespace {

// A person with a browser.
constexpr int kMaxConnections = 16;
constexpr int kMaxUnansweredPerSource = 8;
constexpr size_t kMaxBodyBytes = 1 << 10;
constexpr size_t kMaxAllBodyBytes = 16 << 10;
constexpr absl::Duration kHeadTimeout = absl::Seconds(2);
constexpr absl::Duration kIdleTimeout = absl::Seconds(30);

// Of every answer.
std::vector<std::pair<std::string_view, std::string_view>> Headers() {
  static const std::string& policy = *new std::string(
      absl::StrCat("default-src 'none'; style-src ", HtmlStyleHash(),
                   "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"));
  return {{"Content-Security-Policy", policy},   {"Cache-Control", "no-store"},
          {"X-Content-Type-Options", "nosniff"}, {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "no-referrer"},    {"Cross-Origin-Resource-Policy", "same-origin"}};
}

ServerResponse Text(int status, std::string body) {
  return {.status = status, .body = std::move(body), .more_headers = Headers()};
}

bool ReadPort(const std::string& text, int* port) {
  if (text == "off") {
    *port = -1;
    return true;
  }
  const bool is_number =
      !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  return is_number && absl::SimpleAtoi(text, port) && *port <= 65535;
}

}  // namespace

void AddStatuszFlag(CLI::App* app, int default_port, StatuszPort* port) {
  *port = {.port = default_port};
  app->add_option_function<std::string>(
         "--statusz-port",
         [port](const std::string& text) {
           if (!ReadPort(text, &port->port)) {
             throw CLI::ValidationError("--statusz-port", "it is neither a port nor off: " + text);
           }
           port->is_given = true;
         },
         "Port of 127.0.0.1 to serve /statusz on, a page for people, by plain HTTP: what is in "
         "force, and "
         "what was decided last. 0 picks a free one, off serves none.")
      ->type_name("PORT")
      ->default_str(absl::StrCat(default_port))
      ->group("Serving");
}

bool IsLoopbackHost(std::string_view host) {
  // A port is what follows the last colon that is not within brackets.
  const size_t colon = host.rfind(':');
  const size_t bracket = host.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    const std::string_view port = host.substr(colon + 1);
    if (port.empty() || port.size() > 5 ||
        !std::all_of(port.begin(), port.end(), absl::ascii_isdigit))
      return false;
    host = host.substr(0, colon);
  }
  return host == "127.0.0.1" || host == "[::1]" ||
         absl::EqualsIgnoreCase({host.data(), host.size()}, "localhost");
}

ServerResponse AnswerStatusz(const StatuszServer::WritePage& write_page,
                             const ServerRequest& request) {
  if (!IsLoopbackHost(request.host)) {
    return Text(421, "This is served to who asks localhost, 127.0.0.1 or [::1] for it.\n");
  }
  if (request.path != "/statusz") return Text(404, "There is /statusz here.\n");
  if (request.method != "GET" && request.method != "HEAD") {
    return Text(405, "/statusz takes GET only.\n");
  }
  ServerResponse response = Text(200, write_page());
  response.content_type = "text/html; charset=utf-8";
  return response;
}

absl::StatusOr<std::unique_ptr<StatuszServer>> StatuszServer::Start(const StatuszPort& port,
                                                                    WritePage write_page) {
  if (port.port < 0) return nullptr;
  const Server::Options options = {.listen = absl::StrCat("127.0.0.1:", port.port),
                                   .max_body_bytes = kMaxBodyBytes,
                                   .max_request_memory = kMaxAllBodyBytes,
                                   .max_requests = kMaxPages,
                                   .max_connections = kMaxConnections,
                                   .max_unanswered_per_source = kMaxUnansweredPerSource,
                                   .head_timeout = kHeadTimeout,
                                   .body_grace = kHeadTimeout,
                                   .idle_timeout = kIdleTimeout};
  absl::StatusOr<std::unique_ptr<Server>> server = Server::StartUnsafePlaintext(
      options, Blocking([write_page = std::move(write_page)](const ServerRequest& request) {
        return AnswerStatusz(write_page, request);
      }));
  if (server.ok()) return std::unique_ptr<StatuszServer>(new StatuszServer(*std::move(server)));
  const std::string why = absl::StrCat("--statusz-port: ", server.status().message());
  if (port.is_given) return absl::Status(server.status().code(), why);
  base::LogWarning("http", "There is no /statusz.", {{"error", why}});
  return nullptr;
}

}  // namespace countersign::http
