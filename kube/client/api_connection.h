#ifndef COUNTERSIGN_KUBE_CLIENT_API_CONNECTION_H_
#define COUNTERSIGN_KUBE_CLIENT_API_CONNECTION_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/fresh_cache.h"
#include "base/worker_pool.h"
#include "http/client/client.h"
#include "http/client/response_stream.h"
#include "kube/client/authenticated_client.h"
#include "kube/client/cluster_access.h"
#include "kube/client/cluster_config.h"

namespace countersign::kube {

// Requests to one API server, as whom the configuration says at the moment: its files and its plugin
// are asked again every so often, when what they gave ends, and as soon as the API server answers
// 401 or cannot be talked to. While they cannot be read, what they said last is used. Thread-safe.
//
// The connections are HTTP/1.1, so that a watch has one of its own.
class ApiConnection {
 public:
  struct Options {
    // How often files and plugin are asked again that nobody complains of.
    absl::Duration reread_interval = absl::Minutes(1);
    // The same once they could not be.
    absl::Duration interval_after_fault = absl::Seconds(5);
    // However often they are refused or fail, and however soon what they gave ends, they are not
    // asked more often than this.
    absl::Duration shortest_interval = absl::Seconds(1);
    // When a connection is given up whose other end is gone without a word.
    absl::Duration dead_peer_timeout = absl::Seconds(20);
    // By which tokens and certificates end and are asked for again, and by which a server that is
    // busy is waited for; must outlive the connection.
    const base::Clock* clock = &base::Clock::Real();
  };

  struct Request {
    std::string method = "GET";
    std::string path;  // from "/api" on, with the query
    std::string body;  // JSON
    size_t max_response_bytes = 4 << 20;
  };

  // A response that is read as it comes, and the client that it was asked with.
  class Stream {
   public:
    http::ResponseStream& response() { return *response_; }

   private:
    friend class ApiConnection;
    std::shared_ptr<const AuthenticatedClient> client_;  // first: the response ends before it
    std::unique_ptr<http::ResponseStream> response_;
  };

  // Errors say which file cannot be read or used. The API server is not asked anything, and no
  // plugin is run.
  static absl::StatusOr<std::shared_ptr<ApiConnection>> Create(ClusterConfig config,
                                                               const Options& options);
  static absl::StatusOr<std::shared_ptr<ApiConnection>> Create(ClusterConfig config) {
    return Create(std::move(config), {});
  }
  // No call may be in progress. Waits for a plugin that runs.
  ~ApiConnection();

  // The API server's URL.
  const std::string& server() const { return source_.config().server; }

  // One request, one response, whatever its status. A 401 is answered once with a token or
  // certificate that was asked for anew, and a 429 with a Retry-After by waiting as long as
  // `deadline` allows. Errors as of http::Client::Send, or as of ClusterAccessSource::Load.
  absl::StatusOr<http::ClientResponse> Send(const Request& request, absl::Time deadline);

  // Waits until `deadline` for a plugin only. Whoever finds a 401 in the stream tells Refuse;
  // whoever finds an error in it, Doubt.
  absl::StatusOr<Stream> Open(const Request& request, absl::Time deadline);
  void Refuse(const Stream& stream) { Renew(stream.client_, /*refused=*/true); }
  void Doubt(const Stream& stream) { Renew(stream.client_, /*refused=*/false); }

 private:
  using ClientPtr = std::shared_ptr<const AuthenticatedClient>;
  // What came of asking the files and the plugin, and when.
  struct Loaded {
    absl::StatusOr<ClientPtr> client;
    absl::Time at;
  };
  using Clients = base::FreshCache<Loaded>;

  ApiConnection(ClusterConfig config, const Options& options);

  absl::StatusOr<ClientPtr> CurrentClient(absl::Time deadline) ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether `used`, if it is still the current one, will be replaced before the next request.
  bool Renew(const ClientPtr& used, bool refused) ABSL_LOCKS_EXCLUDED(mutex_);
  Clients::Fresh Load() ABSL_LOCKS_EXCLUDED(mutex_);
  http::ClientRequest BuildRequest(const Request& request, const ClusterAccess& access) const;

  AuthenticatedClientSource source_;  // of the pool's one thread
  const Options options_;

  absl::Mutex mutex_;
  absl::Time not_before_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool refused_ ABSL_GUARDED_BY(mutex_) = false;

  base::WorkerPool pool_;
  Clients clients_;  // one: the current
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_API_CONNECTION_H_
