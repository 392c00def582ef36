#ifndef COUNTERSIGN_HTTP_CLIENT_CURL_ERROR_H_
#define COUNTERSIGN_HTTP_CLIENT_CURL_ERROR_H_

#include <curl/curl.h>

#include <string_view>

#include "absl/status/status.h"
#include "http/client/proxy.h"
#include "http/client/url.h"

namespace countersign::http {

// A transfer that libcurl ended with `code`, which is not CURLE_OK.
struct CurlFailure {
  CURLcode code;
  CURL* handle;                  // is asked for details
  std::string_view details;      // libcurl's own words (CURLOPT_ERRORBUFFER)
  const Url& url;                // where to
  const Proxy* proxy;            // through whom, or null
  bool showed_identity = false;  // whether there was a client certificate to be shown
};

// What became of it, in words for the person who runs the registry or the network: the host, or the
// proxy whose fault it is (IsProxyFault), and nothing else of the request.
absl::Status CurlError(const CurlFailure& failure);

// Whether a connection that there was got lost: the same request on a new one may be answered.
bool IsLostConnection(const CurlFailure& failure);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CLIENT_CURL_ERROR_H_
