#ifndef COUNTERSIGN_HTTP_CURL_CLIENT_H_
#define COUNTERSIGN_HTTP_CURL_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "http/client.h"

namespace countersign::http {

// A Client on libcurl: one thread drives all transfers (curl's multi interface), so that
// connections are kept alive and shared, HTTP/2 streams are multiplexed where a server offers them,
// and a caller that waits costs no more than its own thread. TLS 1.2 at least. No proxy but what
// the environment names (https_proxy, no_proxy), no cookies, no redirects.
class CurlClient final : public Client {
 public:
  struct Options {
    // PEM certificates trusted beside the system's roots (see ca_bundle.h), which are read once.
    std::vector<std::string> extra_ca_pem;
    // For the name to be resolved, TCP and TLS together; later than that is Unavailable.
    absl::Duration connect_timeout = absl::Seconds(5);
    // A request beyond these waits for one of them, within its deadline.
    int max_connections_per_host = 32;
    std::string user_agent = "countersign";
  };

  // InvalidArgument if one of the extra certificates does not parse (saying which), Internal if
  // libcurl cannot start.
  static absl::StatusOr<std::unique_ptr<CurlClient>> Create(const Options& options);
  // Ends transfers in progress with Unavailable.
  ~CurlClient() override;

  absl::StatusOr<ClientResponse> Send(const ClientRequest& request, absl::Time deadline) override;

 private:
  class Loop;
  explicit CurlClient(std::shared_ptr<Loop> loop);
  const std::shared_ptr<Loop> loop_;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CURL_CLIENT_H_
