#include "registry/paced_client.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "http/client/url.h"
#include "registry/registry_host.h"
#include "registry/retry_after.h"

namespace countersign::registry {
namespace {

constexpr int kTooManyRequests = 429;

http::ClientResponse AskedTooOften(absl::Duration wait) {
  http::ClientResponse response;
  response.status = kTooManyRequests;
  const int64_t seconds = absl::ToInt64Seconds(absl::Ceil(wait, absl::Seconds(1)));
  response.headers = {{"retry-after", absl::StrCat(seconds)}};
  return response;
}

}  // namespace

void PacedClient::Probe(const http::ClientRequest& request, const std::string& host, bool is_https,
                        absl::Time deadline) {
  http::ClientRequest probe;
  probe.url = absl::StrCat(is_https ? "https://" : "http://", host, "/v2/");
  probe.max_response_bytes = kMaxLoginBytes;
  probe.insecure_skip_tls_verification = request.insecure_skip_tls_verification;
  probe.refuse_local_addresses = request.refuse_local_addresses;
  const absl::StatusOr<http::ClientResponse> root =
      client_->Send(probe, std::min(deadline, base::In(kProbeTimeout)));
  std::optional<absl::Duration> retry_after;
  if (root.ok() && root->status == kTooManyRequests) {
    retry_after = ReadRetryAfter(root->FindHeader("retry-after"), clock_->Now());
  }
  pace_.EndProbe(host, retry_after);
}

absl::StatusOr<http::ClientResponse> PacedClient::Send(const http::ClientRequest& request,
                                                       absl::Time deadline) {
  const absl::StatusOr<http::Url> url = http::Url::Parse(request.url);
  if (!url.ok() || base::HasPassed(deadline)) return client_->Send(request, deadline);
  const std::string host = url->HostPort();
  const absl::Time now = clock_->Now();
  // Who is sent on to a host that nobody has named takes no turn of those who have: redirects may come from
  // many registries at once, each with threads of its own.
  const absl::Duration patience =
      request.refuse_local_addresses
          ? absl::ZeroDuration()
          : std::clamp(base::TimeLeft(deadline) - kForTheAnswer, absl::ZeroDuration(), kPatience);
  const RequestPace::Turn turn = pace_.Take(host, now + patience);
  if (!turn.is_taken) return AskedTooOften(turn.when - now);
  if (turn.when > now) clock_->Sleep(turn.when - now);
  absl::StatusOr<http::ClientResponse> response = client_->Send(request, deadline);
  if (!response.ok()) return response;
  if (response->status != kTooManyRequests) {
    pace_.Taken(host);
  } else if (pace_.BeginProbe(host)) {
    Probe(request, host, url->IsHttps(), deadline);
  }
  return response;
}

}  // namespace countersign::registry
