#include "http/curl_error.h"

#include <curl/curl.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "http/url.h"

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

std::string_view DescribeCertificateFault(CURL* handle) {
  long result = kUnspecified;
  curl_easy_getinfo(handle, CURLINFO_SSL_VERIFYRESULT, &result);
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

}  // namespace

absl::Status CurlError(CURLcode code, CURL* handle, const Url& url) {
  const std::string host = url.HostPort();
  const auto unavailable = [&host](const auto&... words) {
    return absl::UnavailableError(absl::StrCat(host, " ", words...));
  };
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return unavailable("cannot be resolved: no address for this name");
    case CURLE_COULDNT_RESOLVE_PROXY:
      return unavailable("cannot be reached: the name of the proxy cannot be resolved");
    case CURLE_COULDNT_CONNECT:
      return unavailable(DescribeConnectFault(handle));
    case CURLE_OPERATION_TIMEDOUT:  // Only connecting has a timeout in libcurl.
      return unavailable("did not accept a connection in time");
    case CURLE_PEER_FAILED_VERIFICATION:
      return unavailable("is not trusted: its certificate ", DescribeCertificateFault(handle));
    case CURLE_SSL_CACERT_BADFILE:
      return unavailable("is not trusted: no certificate authority could be loaded here");
    case CURLE_SSL_CERTPROBLEM:
      return unavailable(
          "was not asked: this client's own certificate and key cannot be used (are they PEM, "
          "unencrypted, and of one another?)");
    case CURLE_SSL_CONNECT_ERROR:
      return unavailable("could not agree on TLS, or does not speak it");
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
      return unavailable("could not be asked: ", curl_easy_strerror(code));
  }
}

}  // namespace countersign::http
