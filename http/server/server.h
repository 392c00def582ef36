#ifndef COUNTERSIGN_HTTP_SERVER_SERVER_H_
#define COUNTERSIGN_HTTP_SERVER_SERVER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "http/server/respond.h"
#include "http/server/tls_clients.h"

namespace countersign::http {

// An HTTPS server (HTTP/1.1 with keep-alive, the requests of a connection one after the other; TLS
// 1.2 at least), on a port that strangers reach. Plain faults are answered by the server itself with
// a sentence: 400 malformed HTTP or no TLS, 408 a head or body that does not come in time, 413 a
// body over the limit (said before it is read where Content-Length tells), 431 a head over 16 KiB,
// 500 a `respond` that throws or drops its reply, 503 when there is no room for a body or a request.
//
// What there is to share is shared by source address: places (base/connection_places), requests in
// progress, and the memory that they take (base/source_shares), which is claimed by a request's head,
// before its body is read, and held until its answer is written. Nothing is spent on a connection
// before its first byte has come. What strangers make happen is logged in one line a minute.
class Server {
 public:
  struct Options {
    std::string listen = "127.0.0.1:0";  // as listen.h says
    // PEM files (see tls.h); read again within a second of a change, without dropping a connection.
    // A changed pair that does not load is logged, and the old one stays.
    std::string tls_cert_file;
    std::string tls_key_file;
    TlsClients clients;
    size_t max_body_bytes = 8 << 20;
    // What all requests in progress may take, of which one source may have half: their bodies, and
    // what is made of them. A request that has no room waits for some, up to `body_grace`.
    size_t max_request_memory = 48 << 20;
    // What is made of a body, for each of its bytes, and at most; until `respond` says how much it
    // is (ServerRequest::memory).
    size_t made_per_body_byte = 0;
    size_t max_made_bytes = 0;
    // Those that serve connections, on which `respond` is called.
    int io_threads = 1;
    // Counted from the end of a request's body, until its reply is given. Each can have a thread of its own
    // meanwhile (Reply::GiveFromThread), so that those that block hold up no others; those that were never
    // needed are not started. One source may have eight ninths of the requests.
    int max_requests = 1280;
    // As far as the process may have that many files open.
    int max_connections = 4096;
    int max_unanswered_per_source = 64;
    // For the first byte; for the handshake with the head of the first request; for the head of each
    // further one.
    absl::Duration head_timeout = absl::Seconds(5);
    // A body must come at this rate, but for the first seconds.
    absl::Duration body_grace = absl::Seconds(5);
    size_t min_body_bytes_per_second = 256 << 10;
    absl::Duration answer_timeout = absl::Seconds(10);  // for the client to take an answer
    absl::Duration idle_timeout = absl::Seconds(120);   // between requests of a connection
    // For the log's lines; must outlive the server.
    const base::Clock* clock = &base::Clock::Real();
  };

  // Binds, listens and starts serving. InvalidArgument names what is wrong with the address or the
  // files; Unavailable if the port cannot be bound.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Options& options, Respond respond);

  // The same without TLS: anybody on the way can read and change what is said. Only for pages that
  // may be so, such as status_server.h's. The TLS files of `options` are not looked at.
  static absl::StatusOr<std::unique_ptr<Server>> StartUnsafePlaintext(const Options& options,
                                                                      Respond respond);

  // Stops at once if Drain was not called, but waits until each reply that is owed has been given, or has
  // ended: who owes one must not wait for this.
  ~Server();

  // The port that is listened on.
  int port() const;

  // Adds what the doors hold and have refused, each name beginning with `prefix`, as in
  // "countersign_": PREFIXconnections (base/door_metrics), PREFIXrequest_bytes, PREFIXrequests. The
  // server must live as long as `metrics` may be written.
  void AddMetrics(const std::string& prefix, base::Metrics* metrics) const;
  // What requests take now of `max_request_memory`.
  size_t request_memory() const;

  // From now on every answer ends its connection. A client that is told so sends nothing more on
  // it; one whose connection is closed while it waits for use may be about to, and will not know
  // whether that was read. So call this some time before Drain.
  void RetireConnections();

  // Takes no more connections, lets requests in progress end until `deadline`, then closes.
  void Drain(absl::Time deadline);

 private:
  class State;
  explicit Server(std::unique_ptr<State> state);
  const std::unique_ptr<State> state_;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_SERVER_SERVER_H_
