#ifndef COUNTERSIGN_HTTP_CLIENT_CURL_CLIENT_H_
#define COUNTERSIGN_HTTP_CLIENT_CURL_CLIENT_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "http/client/client.h"
#include "http/client/client_identity.h"
#include "http/client/response_stream.h"

namespace countersign::http {

// A Client on libcurl: one thread drives all transfers (curl's multi interface), so that
// connections are kept alive and shared, HTTP/2 streams are multiplexed where a server offers them,
// and a caller that waits costs no more than its own thread. TLS 1.2 at least. No proxy but what
// the environment names (proxy.h), no cookies, no redirects.
class CurlClient final : public Client {
 public:
  struct Options {
    // PEM certificates trusted beside the system's roots (see ca_bundle.h). Both are read and parsed by
    // Create, which takes 20 ms, and by no request.
    std::vector<std::string> extra_ca_pem;
    // PEM certificates of the only authorities that are trusted: neither the system's roots nor
    // `extra_ca_pem` are.
    std::optional<std::string> only_ca_pem;
    // What servers that ask for it are shown, but for those that `identities` names.
    ClientIdentity identity;
    // By host, or host:port where that is not 443, in lower case: for that server alone.
    std::map<std::string, ClientIdentity> identities;
    // Whether there may be a proxy in between.
    bool use_proxies = true;
    // The name that servers' certificates must be for, and that they are asked for by SNI, where it
    // is not the URL's host, which is still what is connected to.
    std::string tls_server_name;
    // No HTTP/2: a connection for each request at a time, so that one that hangs holds up no other.
    bool http1_only = false;
    // Connections whose peer has acknowledged nothing for so long, although it was asked, are given
    // up. Without it, one whose peer is gone without a word may last for hours.
    absl::Duration dead_peer_timeout = absl::InfiniteDuration();
    // For the name to be resolved, TCP and TLS together; later than that is Unavailable.
    absl::Duration connect_timeout = absl::Seconds(5);
    // How long a connection that nobody uses is kept, of 128 at the most.
    absl::Duration max_idle = absl::Minutes(5);
    // A request beyond these waits for one of them, within its deadline.
    int max_connections_per_host = 32;
    std::string user_agent = "countersign";
  };

  // InvalidArgument if one of the authorities' certificates does not parse (saying which), or a
  // variable of the environment is no proxy's URL, Internal if libcurl cannot start.
  static absl::StatusOr<std::unique_ptr<CurlClient>> Create(const Options& options);
  ~CurlClient() override;

  // Ends transfers in progress, streams too, with Unavailable, and every later one at once. The
  // destructor does the same.
  void Stop();

  absl::StatusOr<ClientResponse> Send(const ClientRequest& request, absl::Time deadline) override;

  // Sends a request whose response is read as it comes. `max_response_bytes` is how much of it may
  // wait to be read. InvalidArgument as of Send; everything else is said by the stream.
  absl::StatusOr<std::unique_ptr<ResponseStream>> Open(const ClientRequest& request);

 private:
  class Loop;
  class Stream;
  explicit CurlClient(std::shared_ptr<Loop> loop);
  const std::shared_ptr<Loop> loop_;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_CURL_CLIENT_H_
