#include "http/client/curl_security.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>

#include "absl/time/time.h"
#include "http/client/ca_store.h"
#include "http/client/client_identity.h"
#include "http/client/local_address.h"
#include "http/client/proxy.h"

namespace countersign::http {
namespace {

// What lies between two machines forgets a connection after 60 seconds of silence at the earliest (AWS,
// 350; Azure, 240), as far as is known.
constexpr long kSecondsUntilProbe = 45;
constexpr long kSecondsBetweenProbes = 15;

// tcp(7): keepalive probes are for a connection at rest; the user timeout is for one that waits for
// an acknowledgement, and ends the probing too.
int OnSocket(void* data, curl_socket_t socket, curlsocktype) {
  const absl::Duration timeout = *static_cast<const absl::Duration*>(data);
  const auto set = [socket](int level, int name, int64_t value) {
    const int number = static_cast<int>(std::clamp<int64_t>(value, 1, 1'000'000));
    setsockopt(socket, level, name, &number, sizeof(number));
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, absl::ToInt64Seconds(timeout / 2));
  set(IPPROTO_TCP, TCP_KEEPINTVL, absl::ToInt64Seconds(timeout / 6));
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, absl::ToInt64Milliseconds(timeout));
  return CURL_SOCKOPT_OK;
}

CURLcode OnContext(CURL*, void* context, void* authorities) {
  static_cast<const CaStore*>(authorities)->Install(static_cast<SSL_CTX*>(context));
  return CURLE_OK;
}

}  // namespace

void SetTrust(CURL* handle, const CaStore& authorities, bool verify) {
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
  // libcurl has defaults of its own, which it would parse for the first connection of a day.
  curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(handle, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, &OnContext);
  curl_easy_setopt(handle, CURLOPT_SSL_CTX_DATA, &authorities);
}

void SetIdentity(CURL* handle, const ClientIdentity& identity) {
  if (!identity.IsGiven()) return;
  const auto blob = [](const std::string& bytes) {
    return curl_blob{const_cast<char*>(bytes.data()), bytes.size(), CURL_BLOB_NOCOPY};
  };
  curl_blob certificate = blob(identity.certificate_pem);
  curl_blob key = blob(identity.key_pem);
  curl_easy_setopt(handle, CURLOPT_SSLCERT_BLOB, &certificate);
  curl_easy_setopt(handle, CURLOPT_SSLKEY_BLOB, &key);
  // A key that is encrypted is refused, rather than that somebody is asked on a terminal.
  curl_easy_setopt(handle, CURLOPT_KEYPASSWD, "");
}

void SetProxy(CURL* handle, const Proxy* proxy) {
  // Given, if only as "", libcurl looks for neither in the environment.
  curl_easy_setopt(handle, CURLOPT_PROXY, proxy == nullptr ? "" : proxy->url.c_str());
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "");
  if (proxy == nullptr || !proxy->speaks_tls) return;
  curl_easy_setopt(handle, CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(handle, CURLOPT_PROXY_CAPATH, nullptr);
  curl_easy_setopt(handle, CURLOPT_PROXY_CAINFO, nullptr);
}

void SetIdleTime(CURL* handle, absl::Duration longest) {
  curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, static_cast<long>(absl::ToInt64Seconds(longest)));
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPIDLE, kSecondsUntilProbe);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPINTVL, kSecondsBetweenProbes);
}

void SetDeadPeerTimeout(CURL* handle, const absl::Duration* timeout) {
  if (*timeout == absl::InfiniteDuration()) return;
  curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, &OnSocket);
  curl_easy_setopt(handle, CURLOPT_SOCKOPTDATA, timeout);
}

void AddressGuard::Install(CURL* handle) {
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &AddressGuard::Open);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, &AddressGuard::BeforeRequest);
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, this);
}

curl_socket_t AddressGuard::Open(void* self, curlsocktype, curl_sockaddr* address) {
  if (IsLocalAddress(address->addr)) {
    static_cast<AddressGuard*>(self)->refused_ = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int AddressGuard::BeforeRequest(void* self, char* address, char*, int, int) {
  if (!IsLocalHost(address)) return CURL_PREREQFUNC_OK;
  static_cast<AddressGuard*>(self)->refused_ = true;
  return CURL_PREREQFUNC_ABORT;
}

}  // namespace countersign::http
