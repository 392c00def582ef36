#ifndef COUNTERSIGN_HTTP_SERVER_STATUSZ_SERVER_H_
#define COUNTERSIGN_HTTP_SERVER_STATUSZ_SERVER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "http/server/respond.h"
#include "http/server/server.h"

namespace countersign::http {

// --statusz-port.
struct StatuszPort {
  int port = 0;           // of 127.0.0.1; 0 picks a free one, below 0: there is no page
  bool is_given = false;  // rather than the default
};

// Adds --statusz-port with the port of that program where nothing is given.
void AddStatuszFlag(CLI::App* app, int default_port, StatuszPort* port);

// Serves one page for people, by plain HTTP, on 127.0.0.1 and nowhere else: who may read it is who may
// reach that, on this machine, in this pod, or by `kubectl port-forward`.
//   GET /statusz  the page
// Everything else is 404, another method 405. A request is answered only if it was meant for localhost by
// its Host, so that a page of somebody else's in the reader's browser cannot have this one read under a
// name of its own (DNS rebinding): otherwise it is 421. What is served runs no script, loads nothing, is
// framed by nobody and kept by nobody. Thread-safe.
class StatuszServer {
 public:
  // The longest page, and how many there are at a time. (One source has eight ninths of those: two.)
  static constexpr size_t kMaxPageBytes = 512 << 10;
  static constexpr int kMaxPages = 3;

  // Makes the page, of kMaxPageBytes at most (html_page.h). Called from any thread.
  using WritePage = std::function<std::string()>;

  // Null if there is to be no page; or if the port of the default is taken, which the log is told of: no
  // admission waits for a page. Errors name the flag. What `write_page` uses must outlive the server.
  static absl::StatusOr<std::unique_ptr<StatuszServer>> Start(const StatuszPort& port,
                                                              WritePage write_page);

  int port() const { return server_->port(); }

 private:
  explicit StatuszServer(std::unique_ptr<Server> server) : server_(std::move(server)) {}

  const std::unique_ptr<Server> server_;
};

// Whether a request's Host is one of this machine's own names: localhost, 127.0.0.1 or [::1], with any
// port or none (`kubectl port-forward` listens on one of the reader's choice).
bool IsLoopbackHost(std::string_view host);

// The answer to one request.
ServerResponse AnswerStatusz(const StatuszServer::WritePage& write_page,
                             const ServerRequest& request);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_STATUSZ_SERVER_H_
