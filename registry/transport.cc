#include "registry/transport.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/deadline.h"
#include "base/status_macros.h"
#include "base/transient.h"
#include "http/client/client.h"
#include "oci/image_reference.h"
#include "registry/authenticator.h"
#include "registry/credential.h"
#include "registry/redirect_follower.h"
#include "registry/response_status.h"
#include "registry/retry_after.h"

namespace countersign::registry {
namespace {

// How much of the memory is for tokens, and for what repositories want; the rest is for what
// registries themselves want.
constexpr size_t TokenPart(size_t bytes) { return bytes / 8 * 5; }
constexpr size_t RepositoryPart(size_t bytes) { return bytes / 4; }
constexpr size_t PingPart(size_t bytes) { return bytes / 8; }

// Of a request to a repository that answers 429 again and again.
constexpr int kTries = 4;
// Of a deadline so much is left for the answer.
constexpr absl::Duration kForTheAnswer = absl::Milliseconds(500);

bool IsUnauthorized(const Transport::Reply& reply) {
  // Who is redirected to has no business with the registry's credential.
  return reply.result.response.status == 401 && !reply.result.left_origin;
}

// Registries that do not show what one may not see call it absent, or forbidden, and do not say what
// they want instead. So do those that have no HEAD, of which no more is believed: GET follows.
bool MayBeHidden(const http::ClientRequest& request, const Transport::Reply& reply,
                 const Authenticator::Guess& guess) {
  const int status = reply.result.response.status;
  return (status == 403 || status == 404) && request.method != "HEAD" &&
         !reply.result.left_origin && guess.authorization.empty();
}

// Of an answer that is asked for again nothing is held meanwhile.
void LetGo(http::ClientResponse& response) {
  const http::ClientResponse gone = std::move(response);
}

}  // namespace

Transport::Transport(http::Client* client, const base::Clock* clock,
                     const std::vector<std::string>& insecure_registries, size_t memory_bytes,
                     absl::Duration patience)
    : clock_(*clock),
      patience_(patience),
      insecure_(insecure_registries),
      follower_(client, &insecure_, clock),
      hosts_(&follower_, &insecure_, clock),
      ping_(&hosts_, clock, PingPart(memory_bytes)),
      tokens_(&follower_, clock, TokenPart(memory_bytes)),
      authenticator_(&ping_, &tokens_, clock, RepositoryPart(memory_bytes)),
      accounts_(&ping_, &hosts_, &tokens_, clock),
      refusals_(clock) {}

absl::StatusOr<Transport::Reply> Transport::Send(const http::ClientRequest& request,
                                                 Targets targets, const RepositoryAccess& access) {
  const absl::Time latest =
      clock_.Now() + std::min(base::TimeLeft(access.deadline) - kForTheAnswer, patience_);
  for (int tries = 1;; ++tries) {
    if (const auto refusal = refusals_.Find(access.repository, access.credential)) {
      if (!WaitWhileBusy(access, latest)) return *refusal;
    }
    absl::StatusOr<Reply> outcome = Ask(request, targets, access);
    Remember(outcome, access);
    if (tries == kTries || !WaitWhileBusy(access, latest)) return outcome;
  }
}

bool Transport::WaitWhileBusy(const RepositoryAccess& access, absl::Time latest) {
  const absl::Time until = refusals_.BusyUntil(access.repository, access.credential);
  if (until == absl::InfinitePast() || until > latest) return false;
  clock_.Sleep(until - clock_.Now());
  return true;
}

absl::StatusOr<Transport::Reply> Transport::Ask(const http::ClientRequest& request, Targets targets,
                                                const RepositoryAccess& access) {
  const auto& [repository, credential, deadline, held] = access;
  const Authenticator::Guess guess = authenticator_.Anticipate(repository, credential, deadline);
  CS_ASSIGN_OR_RETURN(Reply reply, SendAs(guess.authorization, request, targets, access));
  if (MayBeHidden(request, reply, guess))
    return AskHidden(std::move(reply), request, targets, access);
  if (!IsUnauthorized(reply)) return reply;

  CS_ASSIGN_OR_RETURN(
      const std::string answer,
      authenticator_.Answer(reply.result.response, repository, credential, guess, deadline));
  LetGo(reply.result.response);
  CS_ASSIGN_OR_RETURN(reply, SendAs(answer, request, targets, access));
  if (!IsUnauthorized(reply)) return reply;
  return ResponseStatus(401, Who(access.repository.registry), credential,
                        reply.result.response.body);
}

// `seen` is what whoever shows nothing is shown.
absl::StatusOr<Transport::Reply> Transport::AskHidden(Reply seen,
                                                      const http::ClientRequest& request,
                                                      Targets targets,
                                                      const RepositoryAccess& access) {
  const auto& [repository, credential, deadline, held] = access;
  const bool has_challenge = seen.result.response.FindHeader("www-authenticate").has_value();
  const absl::StatusOr<std::string> answer =
      has_challenge
          ? authenticator_.Answer(seen.result.response, repository, credential, {}, deadline)
          : authenticator_.AnswerPing(repository, credential, deadline);
  // Anonymously, what was seen is what there is to see, unless that is not known yet.
  if (!answer.ok() && (base::IsTransient(answer.status()) || !credential.IsAnonymous())) {
    return answer.status();
  }
  if (!answer.ok() || answer->empty()) return seen;
  LetGo(seen.result.response);
  CS_ASSIGN_OR_RETURN(Reply reply, SendAs(*answer, request, targets, access));
  if (!IsUnauthorized(reply)) return reply;
  return ResponseStatus(401, Who(access.repository.registry), credential,
                        reply.result.response.body);
}

absl::StatusOr<Transport::Reply> Transport::SendAs(const std::string& authorization,
                                                   http::ClientRequest request, Targets targets,
                                                   const RepositoryAccess& access) {
  request.held = access.held;
  CS_ASSIGN_OR_RETURN(
      RedirectFollower::Result result,
      hosts_.Send(access.repository.registry, request, authorization, targets, access.deadline));
  Reply reply = {.result = std::move(result),
                 .showed_credential = !authorization.empty() && !access.credential.IsAnonymous()};
  if (!reply.result.left_origin || reply.result.response.status != 401) return reply;
  return SendElsewhere(std::move(reply), std::move(request), targets, access.deadline);
}

// Again, with a token that anybody gets.
absl::StatusOr<Transport::Reply> Transport::SendElsewhere(Reply unauthorized,
                                                          http::ClientRequest request,
                                                          Targets targets, absl::Time deadline) {
  RedirectFollower::Result& before = unauthorized.result;
  const absl::StatusOr<std::string> anonymous = authenticator_.AnswerElsewhere(before, deadline);
  if (!anonymous.ok()) return TargetFailed(unauthorized, anonymous.status().message());
  if (anonymous->empty()) return unauthorized;
  LetGo(before.response);
  request.url = before.url.ToString();
  request.headers.emplace_back("Authorization", *anonymous);
  absl::StatusOr<RedirectFollower::Result> after =
      follower_.Send(std::move(request), {.targets = targets, .is_first_named = false}, deadline);
  if (!after.ok()) return TargetFailed(unauthorized, after.status().message());
  before.response = std::move(after->response);
  before.url = std::move(after->url);
  return unauthorized;
}

Transport::Memory Transport::memory() const {
  return {.entries = ping_.entries() + tokens_.entries() + authenticator_.entries(),
          .bytes = ping_.bytes() + tokens_.bytes() + authenticator_.bytes()};
}

absl::Status Transport::TargetFailed(const Reply& reply, std::string_view cause) {
  return follower_.TargetFailed(reply.result.first, reply.result.url, cause);
}

void Transport::Remember(const absl::StatusOr<Reply>& outcome, const RepositoryAccess& access) {
  const auto& [repository, credential, deadline, held] = access;
  if (outcome.ok()) {
    const auto& response = outcome->result.response;
    if (response.status != 429 || outcome->result.left_origin) return;
    refusals_.AddBusy(
        repository, credential,
        ResponseStatus(429, Who(access.repository.registry), credential, response.body),
        ReadRetryAfter(response.FindHeader("retry-after"), clock_.Now()));
    return;
  }
  const absl::Status& error = outcome.status();
  if (const std::optional<absl::Duration> wait = RetryAfterOf(error)) {
    refusals_.AddBusy(repository, credential, error, *wait);
  }
  // That nobody is let in without a credential is found out as cheaply as it is remembered.
  if (credential.IsAnonymous()) return;
  if (!absl::IsUnauthenticated(error) && !absl::IsPermissionDenied(error)) return;
  if (absl::IsUnauthenticated(error) &&
      accounts_.IsRefused(repository.registry, credential, deadline)) {
    refusals_.AddAccount(repository.registry, credential, error);
  } else {
    refusals_.AddRepository(repository, credential, error);
  }
}

}  // namespace countersign::registry
