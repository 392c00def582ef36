#ifndef COUNTERSIGN_HTTP_CLIENT_SESSION_SHARE_H_
#define COUNTERSIGN_HTTP_CLIENT_SESSION_SHARE_H_

#include <curl/curl.h>

#include <array>

#include "absl/synchronization/mutex.h"

namespace countersign::http {

// TLS sessions of the eight servers that were connected to last, so that another connection to one of
// them spares both sides the public keys. libcurl keeps those of one handle, and each request has its own.
// A session serves only with the same trust, name and client certificate that it was made with. Its
// certificate is not looked at again, so it may be used after that has expired, for as long as the server
// takes it. Thread-safe; must outlive the handles that use it.
class SessionShare {
 public:
  SessionShare();
  ~SessionShare() { curl_share_cleanup(share_); }
  SessionShare(const SessionShare&) = delete;
  SessionShare& operator=(const SessionShare&) = delete;

  void Use(CURL* handle) const { curl_easy_setopt(handle, CURLOPT_SHARE, share_); }

 private:
  static void Lock(CURL* handle, curl_lock_data data, curl_lock_access access, void* self);
  static void Unlock(CURL* handle, curl_lock_data data, void* self);

  // One for each kind of data: libcurl may hold one while it takes another.
  std::array<absl::Mutex, CURL_LOCK_DATA_LAST> mutexes_;
  CURLSH* const share_;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_SESSION_SHARE_H_
