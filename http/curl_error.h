#ifndef COUNTERSIGN_HTTP_CURL_ERROR_H_
#define COUNTERSIGN_HTTP_CURL_ERROR_H_

#include <curl/curl.h>

#include "absl/status/status.h"
#include "http/url.h"

namespace countersign::http {

// What became of a transfer to `url` that libcurl ended with `code`, in words for the person who
// runs the registry or the network: the host, and nothing else of the request. `handle` is asked
// for details. Not for CURLE_OK.
absl::Status CurlError(CURLcode code, CURL* handle, const Url& url);

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_CURL_ERROR_H_
