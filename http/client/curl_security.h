#ifndef COUNTERSIGN_HTTP_CLIENT_CURL_SECURITY_H_
#define COUNTERSIGN_HTTP_CLIENT_CURL_SECURITY_H_

#include <curl/curl.h>

#include "absl/time/time.h"
#include "http/client/ca_store.h"
#include "http/client/client_identity.h"
#include "http/client/proxy.h"

namespace countersign::http {

// Sets up a transfer's handle: which servers it trusts, which certificate it shows them, and
// through which proxy it goes. Strings are kept by libcurl, but those of identities, which must
// outlive the handle.

// Only servers, and proxies that speak TLS, with a certificate of one of the authorities, which must
// outlive the handle; without `verify`, any server. TLS 1.2 at least.
void SetTrust(CURL* handle, const CaStore& authorities, bool verify);

// What servers that ask for it are shown.
void SetIdentity(CURL* handle, const ClientIdentity& identity);

// Null: directly, whatever the environment says. A proxy that speaks TLS is always verified.
void SetProxy(CURL* handle, const Proxy* proxy);

// How long a connection that nobody uses is kept for the next request. Meanwhile the kernel asks its peer
// whether it is there, so that what lies between does not forget it, and one that has gone is noticed.
void SetIdleTime(CURL* handle, absl::Duration longest);

// Gives up connections whose peer has acknowledged nothing for `timeout`, although it was asked.
// The pointer must outlive the handle.
void SetDeadPeerTimeout(CURL* handle, const absl::Duration* timeout);

// Keeps a transfer from addresses of this machine and its link (local_address.h): those to which
// names resolve, before anything is sent there, and on connections that are there already. To be
// kept where it is as long as the handle.
class AddressGuard {
 public:
  void Install(CURL* handle);
  // Whether it kept the transfer from such an address.
  bool refused() const { return refused_; }

 private:
  static curl_socket_t Open(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int BeforeRequest(void* self, char* address, char* own_address, int port, int own_port);
  bool refused_ = false;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_CURL_SECURITY_H_
