#ifndef COUNTERSIGN_REGISTRY_REFERRERS_ANSWER_H_
#define COUNTERSIGN_REGISTRY_REFERRERS_ANSWER_H_

#include <string>

#include "absl/status/statusor.h"
#include "http/client/client.h"
#include "http/client/url.h"

namespace countersign::registry {

// Of answers to "GET /v2/NAME/referrers/DIGEST" (OCI distribution specification 1.1, "Listing
// Referrers").

// Whether whoever answered knows no such question: 404, which is also what registries say that do
// not show a repository; 400, 405, 406 and 501, as some old ones have it; and 200 with anything else
// than an image index, such as a page for people.
bool HasNoReferrersApi(const http::ClientResponse& response);

// What comes after the first page, as the query of the next one's URL; empty: nothing does.
// FailedPrecondition if the answer names a next page that is not of the same list, which is at `url`:
// of another host or path, or without a query. A phrase without a subject, and nothing of the link.
absl::StatusOr<std::string> NextReferrersPage(const http::ClientResponse& response,
                                              const http::Url& url);

}  // namespace countersign::registry

#endif  // COUNTERSIGN_REGISTRY_REFERRERS_ANSWER_H_
