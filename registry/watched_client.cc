#include "registry/watched_client.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "http/client/network_fault.h"
#include "oci/registry_name.h"
#include "registry/registry_host.h"

namespace countersign::registry {
namespace {

using http::NetworkFault;
using Course = Reachability::Course;

// Whether an error without a mark leaves open whether the host was reached: its time was over before
// that, or nobody was asked. Nearly all others come of something that the host did; those that do not, such
// as of an address that may not be asked, are taken for an answer, which opens nothing.
bool SaysNothing(const absl::Status& error) {
  return absl::IsDeadlineExceeded(error) || absl::IsCancelled(error) ||
         absl::IsInvalidArgument(error) || absl::IsInternal(error);
}

absl::Status Refused(std::string_view host, const std::optional<Reachability::Away>& away) {
  const std::string why = away.has_value() ? absl::StrCat(" (", away->why, ")") : "";
  return http::MarkFault(
      absl::UnavailableError(absl::StrCat(
          host, " could not be reached a moment ago, and is not asked again yet", why)),
      NetworkFault::kNotConnected);
}

// Hosts by the names of their registries.
Reachability::NameOf OfHosts(WatchedClient::NameOf name_of) {
  if (name_of == nullptr) return nullptr;
  return [name_of = std::move(name_of)](std::string_view host) {
    return name_of(host == oci::kDockerHubHost ? oci::kDockerHub : host);
  };
}

}  // namespace

WatchedClient::WatchedClient(http::Client* client, const base::Clock* clock, NameOf name_of,
                             base::Metrics* metrics)
    : client_(client), clock_(clock), reachability_(clock, OfHosts(std::move(name_of)), metrics) {}

std::optional<absl::Time> WatchedClient::AwaySince(std::string_view registry) const {
  const absl::StatusOr<http::Url> url = UrlOf(registry);
  if (!url.ok()) return std::nullopt;
  const std::optional<Reachability::Away> away = reachability_.FindAway(url->HostPort());
  if (!away.has_value()) return std::nullopt;
  return away->since;
}

absl::Status WatchedClient::Probe(const http::ClientRequest& request, const http::Url& url,
                                  absl::Time deadline) {
  const std::string host = url.HostPort();
  http::ClientRequest probe;
  probe.url = absl::StrCat(url.IsHttps() ? "https://" : "http://", host, "/v2/");
  probe.max_response_bytes = kMaxLoginBytes;
  probe.insecure_skip_tls_verification = request.insecure_skip_tls_verification;
  probe.refuse_local_addresses = request.refuse_local_addresses;
  const absl::Time began = clock_->Now();
  const absl::Status said =
      client_->Send(probe, std::min(deadline, base::In(kProbeTimeout))).status();
  const NetworkFault fault = http::NetworkFaultOf(said);
  const bool was_patient = fault != NetworkFault::kSilent || clock_->Now() - began >= kLeastSilence;
  if (fault != NetworkFault::kNone && was_patient) {
    reachability_.ProbeFailed(host, began, said.message());
    return said;
  }
  if (!said.ok() && SaysNothing(said)) {
    reachability_.ProbeUnknown(host);
    const std::optional<Reachability::Away> away = reachability_.FindAway(host);
    return away.has_value() ? Refused(host, away) : absl::OkStatus();
  }
  reachability_.Answered(host);
  return absl::OkStatus();
}

absl::StatusOr<http::ClientResponse> WatchedClient::Send(const http::ClientRequest& request,
                                                         absl::Time deadline) {
  const absl::StatusOr<http::Url> url = http::Url::Parse(request.url);
  if (!url.ok() || base::HasPassed(deadline)) return client_->Send(request, deadline);
  const std::string host = url->HostPort();
  const Course course =
      reachability_.Begin(host, /*may_refuse=*/!request.insecure_skip_tls_verification);
  if (course == Course::kRefuse) return Refused(host, reachability_.FindAway(host));
  if (course == Course::kProbe) {
    absl::Status may_go_on = Probe(request, *url, deadline);
    if (!may_go_on.ok()) return may_go_on;
  }
  const absl::Time began = clock_->Now();
  absl::StatusOr<http::ClientResponse> response = client_->Send(request, deadline);
  const absl::Status& error = response.status();
  switch (http::NetworkFaultOf(error)) {
    case NetworkFault::kNoTls:
      // Whether it speaks TLS is being found out.
      if (request.insecure_skip_tls_verification) break;
      [[fallthrough]];
    case NetworkFault::kNotConnected:
      reachability_.Failed(host, began, error.message());
      break;
    case NetworkFault::kSilent:
      if (clock_->Now() - began >= kLeastSilence) {
        reachability_.Silent(host, began, error.message());
      }
      break;
    case NetworkFault::kNone:
      if (error.ok() || !SaysNothing(error)) reachability_.Answered(host);
      break;
  }
  return response;
}

}  // namespace countersign::registry
