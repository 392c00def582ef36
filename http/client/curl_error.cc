#include "http/client/curl_error.h"

#include <curl/curl.h>

#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "http/client/network_fault.h"
#include "http/client/proxy.h"
#include "http/client/url.h"

namespace countersign::http {
namespace {

// OpenSSL's X509_V_ERR_* (x509_vfy.h), which libcurl hands out as CURLINFO_SSL_VERIFYRESULT. Its
// headers must not meet BoringSSL's, hence the numbers.
enum VerifyResult : long {
  kOk = 0,
  kUnspecified = 1,
  kCertificateSignatureFailure = 7,
  kCertificateNotYetValid = 9,
  kCertificateHasExpired = 10,
  kSelfSignedCertificate = 18,
  kSelfSignedCertificateInChain = 19,
  kUnableToGetIssuerLocally = 20,
  kUnableToVerifyLeaf = 21,
  kHostnameMismatch = 62,
  kIpAddressMismatch = 64,
};

std::string_view DescribeCertificateFault(long result) {
  switch (result) {
    case kOk:
    case kUnspecified:  // OpenSSL found no fault: libcurl compares the names itself, and before it
                        // asks.
    case kHostnameMismatch:
    case kIpAddressMismatch:
      return "is for another host name";
    case kCertificateHasExpired:
      return "has expired, or one above it has";
    case kCertificateNotYetValid:
      return "is not valid yet";
    case kSelfSignedCertificate:
    case kSelfSignedCertificateInChain:
    case kUnableToGetIssuerLocally:
    case kUnableToVerifyLeaf:
      return "is signed by an unknown authority";
    case kCertificateSignatureFailure:
      return "has a signature that does not hold";
    default:
      return "was refused";
  }
}

std::string_view DescribeConnectFault(CURL* handle) {
  long os_error = 0;
  curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &os_error);
  switch (os_error) {
    case ECONNREFUSED:
      return "refused the connection";
    case ENETUNREACH:
    case EHOSTUNREACH:
      return "cannot be reached: no route to it";
    case ETIMEDOUT:
      return "did not accept a connection in time";
    default:
      return "cannot be connected to";
  }
}

long Info(CURL* handle, CURLINFO info) {
  long value = 0;
  curl_easy_getinfo(handle, info, &value);
  return value;
}

std::string_view Reason(long http_status) {
  switch (http_status) {
    case 403:
      return " (403 Forbidden)";
    case 407:
      return " (407 Proxy Authentication Required)";
    case 502:
      return " (502 Bad Gateway)";
    default:
      return "";
  }
}

// What a proxy that was asked for a way to the server answered.
absl::Status ProxyRefusal(const Proxy& proxy, long http_status) {
  const std::string_view reason = Reason(http_status);
  const std::string shown =
      reason.empty() ? absl::StrCat(" (", http_status, ")") : std::string(reason);
  if (http_status == 407) {
    return ProxyFault(proxy.name,
                      absl::StrCat("wants a user name and a password, or others", shown));
  }
  if (http_status >= 500) {
    return ProxyFault(proxy.name, absl::StrCat("could not reach the server", shown));
  }
  return ProxyFault(proxy.name, absl::StrCat("refused to connect to the server", shown));
}

// If it was the proxy that failed, and not who is behind it: as long as there is no way through it.
std::optional<absl::Status> FindProxyFault(const CurlFailure& failure) {
  if (failure.proxy == nullptr) return std::nullopt;
  const Proxy& proxy = *failure.proxy;
  const auto fault = [&proxy](const auto&... words) {
    return ProxyFault(proxy.name, absl::StrCat(words...));
  };
  const long answer = Info(failure.handle, CURLINFO_HTTP_CONNECTCODE);
  if (answer >= 300) return ProxyRefusal(proxy, answer);
  const bool has_way = answer >= 200;
  if (has_way) return std::nullopt;
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
      return fault("cannot be resolved: no address for this name");
    case CURLE_COULDNT_CONNECT:
      return fault(DescribeConnectFault(failure.handle));
    case CURLE_OPERATION_TIMEDOUT:
      return fault("gave no connection in time");
    case CURLE_PROXY:
      return fault("could not reach the server, or refused to");
    case CURLE_PEER_FAILED_VERIFICATION:
      if (!proxy.speaks_tls) return std::nullopt;
      return fault("is not trusted: its certificate ",
                   DescribeCertificateFault(Info(failure.handle, CURLINFO_PROXY_SSL_VERIFYRESULT)));
    case CURLE_SSL_CONNECT_ERROR:
      if (!proxy.speaks_tls) return std::nullopt;
      return fault("could not agree on TLS, or does not speak it");
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return fault("closed the connection without an answer");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return fault("answered with something other than HTTP");
    default:
      return std::nullopt;
  }
}

// Servers say so by an alert (RFC 8446, section 6.2), which libcurl tells in OpenSSL's words; those
// that speak TLS 1.2 call the certificate that they did not get a bad one.
bool IsAboutClientCertificate(std::string_view details) {
  return absl::StrContains(details, "certificate required") ||
         absl::StrContains(details, "alert bad certificate");
}

// A server may mean by that alert that it was shown no certificate, or one that it does not want
// (RFC 5246, section 7.4.6), or what it says.
std::string_view DescribeHandshakeFault(const CurlFailure& failure) {
  if (!absl::StrContains(failure.details, "alert handshake failure")) {
    return "could not agree on TLS, or does not speak it";
  }
  return failure.showed_identity
             ? "refused the TLS handshake: it does not take this client's certificate, or could "
               "not agree on TLS"
             : "refused the TLS handshake: it wants a client certificate, and there is none, or "
               "could not agree on TLS";
}

absl::Status DescribeError(const CurlFailure& failure) {
  if (std::optional<absl::Status> fault = FindProxyFault(failure)) return *std::move(fault);
  const std::string host = failure.url.HostPort();
  const auto unavailable = [&host](const auto&... words) {
    return absl::UnavailableError(absl::StrCat(host, " ", words...));
  };
  if (IsAboutClientCertificate(failure.details)) {
    return unavailable(failure.showed_identity ? "refused this client's certificate"
                                               : "wants a client certificate, and there is none");
  }
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return unavailable("cannot be resolved: no address for this name");
    case CURLE_COULDNT_CONNECT:
      return unavailable(DescribeConnectFault(failure.handle));
    case CURLE_OPERATION_TIMEDOUT:  // Only connecting has a timeout in libcurl.
      return unavailable("did not accept a connection in time");
    case CURLE_PEER_FAILED_VERIFICATION:
      return unavailable("is not trusted: its certificate ",
                         DescribeCertificateFault(Info(failure.handle, CURLINFO_SSL_VERIFYRESULT)));
    case CURLE_SSL_CACERT_BADFILE:
      return unavailable("is not trusted: no certificate authority could be loaded here");
    case CURLE_SSL_CERTPROBLEM:
      return unavailable(
          "was not asked: this client's own certificate and key cannot be used (are they PEM, "
          "unencrypted, and of one another?)");
    case CURLE_SSL_CONNECT_ERROR:
      return unavailable(DescribeHandshakeFault(failure));
    case CURLE_OUT_OF_MEMORY:  // How libcurl calls a header of more than 100 KB.
      return absl::FailedPreconditionError(
          absl::StrCat(host, " sent headers that are larger than allowed"));
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return unavailable("closed the connection without a complete answer");
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return unavailable("cut its answer short");
    case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9, which is anything at all; the URL's scheme was
                                      // checked.
    case CURLE_WEIRD_SERVER_REPLY:
      return unavailable("answered with something other than HTTP");
    case CURLE_ABORTED_BY_CALLBACK:  // Ours: see CurlClient::Loop.
      return unavailable("was not waited for: this client is closing");
    case CURLE_FILESIZE_EXCEEDED:
      return absl::ResourceExhaustedError(absl::StrCat(host, " sent a larger answer than allowed"));
    default:
      return unavailable("could not be asked: ", curl_easy_strerror(failure.code));
  }
}

// As far as it is the network's or the host's, not this program's own.
NetworkFault FaultOf(const CurlFailure& failure) {
  if (IsAboutClientCertificate(failure.details)) return NetworkFault::kNoTls;
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:  // Only connecting has a timeout in libcurl.
      return NetworkFault::kNotConnected;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
      return NetworkFault::kNoTls;
    default:
      return NetworkFault::kNone;
  }
}

}  // namespace

absl::Status CurlError(const CurlFailure& failure) {
  // A status of a proxy is one: it was reached, and says what it does not want to do, or cannot.
  const bool is_status =
      failure.proxy != nullptr && Info(failure.handle, CURLINFO_HTTP_CONNECTCODE) >= 300;
  return MarkFault(DescribeError(failure), is_status ? NetworkFault::kNone : FaultOf(failure));
}

bool IsLostConnection(const CurlFailure& failure) {
  switch (failure.code) {
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return !FindProxyFault(failure).has_value() && !IsAboutClientCertificate(failure.details);
    default:
      return false;
  }
}

}  // namespace countersign::http
