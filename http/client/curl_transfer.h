#ifndef COUNTERSIGN_HTTP_CLIENT_CURL_TRANSFER_H_
#define COUNTERSIGN_HTTP_CLIENT_CURL_TRANSFER_H_

#include <curl/curl.h>

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "http/client/ca_store.h"
#include "http/client/client.h"
#include "http/client/client_identity.h"
#include "http/client/curl_error.h"
#include "http/client/curl_security.h"
#include "http/client/proxy.h"
#include "http/client/session_share.h"
#include "http/client/stream_buffer.h"
#include "http/client/url.h"

namespace countersign::http {

// One request on its way through libcurl: the easy handle, what it reads from and what it writes
// to. Made by the caller's thread, then used by the loop's thread alone until Finish, then by the
// caller's again.
class CurlTransfer {
 public:
  struct Settings {
    CaStore authorities;
    Proxies proxies;
    ClientIdentity identity;
    std::map<std::string, ClientIdentity> identities;  // by host, for that one alone
    std::string tls_server_name;
    absl::Duration connect_timeout;
    absl::Duration dead_peer_timeout;
    absl::Duration max_idle;
    bool http1_only;
    std::string user_agent;
  };

  // InvalidArgument as Client::Send says. `settings` and `sessions` must outlive the transfer.
  // With a `stream`, head, body and end go there as they come.
  static absl::StatusOr<std::shared_ptr<CurlTransfer>> Create(
      const ClientRequest& request, const Settings& settings, const SessionShare& sessions,
      std::shared_ptr<StreamBuffer> stream = nullptr);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  // Has it make a connection of its own, rather than use one that is there. Before it is started.
  void UseNewConnection();

  CURL* handle() const { return handle_; }
  const Url& url() const { return url_; }

  // Takes libcurl's result, once, and wakes WaitUntil.
  void Finish(CURLcode code);

  // Whether Finish came by `deadline`. Then TakeResult gives the response or the error.
  bool WaitUntil(absl::Time deadline) const {
    return finished_.WaitForNotificationWithDeadline(deadline);
  }
  absl::StatusOr<ClientResponse> TakeResult() { return std::move(result_); }
  // Whether it was sent, and nothing has come so far. From any thread.
  bool is_silent() const { return was_sent_ && !was_answered_; }
  // Whether it failed because its connection was lost.
  bool lost_connection() const { return lost_connection_; }

 private:
  CurlTransfer(const ClientRequest& request, Url url, const Settings& settings,
               std::shared_ptr<StreamBuffer> stream);
  void SetTarget();
  void SetConnection();
  void SetServerName();
  void SetSecurity();
  void SetBody();
  absl::Status SetMethod();
  absl::Status SetHeaders();

  static int OnSending(void* self, char* address, char* own_address, int port, int own_port);
  static size_t OnHeader(char* bytes, size_t size, size_t count, void* self);
  static size_t OnBody(char* bytes, size_t size, size_t count, void* self);
  const ClientIdentity& Identity() const;
  CurlFailure Failure(CURLcode code) const;
  absl::StatusOr<ClientResponse> Conclude(CURLcode code);
  void MakeRoomForBody();
  absl::Status Keep(std::string_view body);
  ClientResponse ReadHead() const;

  const ClientRequest request_;
  const Url url_;
  const Settings& settings_;
  const std::shared_ptr<StreamBuffer> stream_;  // or null
  const Proxy* const proxy_;                    // or null
  CURL* const handle_;
  curl_slist* header_lines_ = nullptr;
  curl_slist* connect_to_ = nullptr;
  AddressGuard guard_;
  char details_[CURL_ERROR_SIZE] = "";

  std::atomic<bool> was_sent_ = false;
  std::atomic<bool> was_answered_ = false;
  size_t header_bytes_ = 0;
  size_t header_count_ = 0;
  std::string body_;
  absl::Status abort_reason_;  // why a callback stopped the transfer, if one did

  absl::StatusOr<ClientResponse> result_;
  bool lost_connection_ = false;
  absl::Notification finished_;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_CURL_TRANSFER_H_
