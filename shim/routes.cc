#include "shim/routes.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/deadline.h"
#include "base/printable.h"

namespace countersign::shim {
namespace {

constexpr absl::Duration kDefaultTimeout = absl::Seconds(10);
constexpr absl::Duration kLongestTimeout = absl::Seconds(30);
// A second of rounding, and the way of the answer back.
constexpr absl::Duration kReserve = absl::Milliseconds(1250);
// A kubelet's probe waits a second unless it is told otherwise.
constexpr absl::Duration kReadinessTimeout = absl::Milliseconds(800);
constexpr absl::Duration kReadinessTtl = absl::Seconds(1);

http::ServerResponse Sentence(int status, std::string text) {
  return {.status = status, .body = absl::StrCat(text, "\n")};
}

http::ServerResponse WrongMethod(const http::ServerRequest& request, std::string_view method) {
  return Sentence(405, absl::StrCat(request.path, " takes ", method, " only."));
}

constexpr std::string_view kPolicyPath = "/validate-policy";

// What the webhook configurations ask.
struct ReviewPath {
  std::string_view path;
  bool is_final = false;
  bool leaves_unpinned = false;
};
constexpr ReviewPath kReviewPaths[] = {
    {.path = "/signing-policy-check"},
    {.path = "/signing-policy-check/unpinned", .leaves_unpinned = true},
    {.path = "/signing-policy-check/final", .is_final = true},
    {.path = "/signing-policy-check/final/unpinned", .is_final = true, .leaves_unpinned = true},
};

bool IsJson(const std::string& content_type) {
  absl::string_view type = content_type;
  type = absl::StripAsciiWhitespace(type.substr(0, type.find(';')));
  return absl::EqualsIgnoreCase(type, "application/json");
}

const ReviewPath* FindReviewPath(std::string_view path) {
  const auto* const found =
      std::find_if(std::begin(kReviewPaths), std::end(kReviewPaths),
                   [path](const ReviewPath& review) { return review.path == path; });
  return found == std::end(kReviewPaths) ? nullptr : found;
}

// Of the request of an AdmissionReview: the answer if it is not one, or by when it is to be answered.
struct Checked {
  std::optional<http::ServerResponse> refusal = std::nullopt;
  absl::Time deadline = absl::InfinitePast();
};

Checked CheckPost(const http::ServerRequest& request) {
  if (request.method != "POST") return {.refusal = WrongMethod(request, "POST")};
  if (!IsJson(request.content_type)) {
    return {.refusal =
                Sentence(415, "An AdmissionReview is sent as Content-Type: application/json.")};
  }
  const absl::StatusOr<absl::Time> deadline = AnswerDeadline(request.received, request.query);
  if (deadline.ok()) return {.deadline = *deadline};
  return {.refusal = Sentence(400, absl::StrCat("Refused: ", deadline.status().message(), "."))};
}

// Of what a webhook said.
http::ServerResponse ResponseOf(absl::StatusOr<std::string> answer) {
  if (answer.ok()) {
    return {.status = 200, .content_type = "application/json", .body = *std::move(answer)};
  }
  if (absl::IsInvalidArgument(answer.status())) {
    return Sentence(400, absl::StrCat("Refused: ", answer.status().message(), "."));
  }
  if (absl::IsResourceExhausted(answer.status())) {
    return Sentence(503, "Busy with as many reviews as are answered at a time.");
  }
  return Sentence(500,
                  absl::StrCat("Not answered: ", base::Printable(answer.status().message()), "."));
}

}  // namespace

absl::StatusOr<absl::Time> AnswerDeadline(absl::Time received, std::string_view query) {
  absl::Duration timeout = kDefaultTimeout;
  for (absl::string_view parameter :
       absl::StrSplit(absl::string_view(query.data(), query.size()), '&')) {
    if (!absl::ConsumePrefix(&parameter, "timeout=")) continue;
    if (!absl::ParseDuration(parameter, &timeout) || timeout <= absl::ZeroDuration() ||
        timeout == absl::InfiniteDuration()) {
      return absl::InvalidArgumentError(
          "the query's timeout is no duration above zero, such as 10s");
    }
  }
  timeout = std::min(timeout, kLongestTimeout);
  return received + timeout - std::min(kReserve, timeout / 2);
}

Routes::Routes(Webhook* webhook, const PolicyWebhook* policy_webhook,
               ReadinessCheck check_readiness, const base::Clock* clock, base::FillRandom random)
    : webhook_(webhook),
      policy_webhook_(policy_webhook),
      check_readiness_(std::move(check_readiness)),
      clock_(clock),
      random_(std::move(random)) {}

void Routes::Handle(http::ServerRequest request, http::Reply reply) const {
  const ReviewPath* const path = FindReviewPath(request.path);
  if (path != nullptr || request.path == kPolicyPath) {
    const Checked checked = CheckPost(request);
    if (checked.refusal.has_value()) return std::move(reply).Give(*checked.refusal);
    base::TraceContext trace =
        base::BeginSpan(base::ParseTraceparent(request.traceparent), random_);
    if (path == nullptr) {
      return PolicyReview(std::move(request), std::move(trace), checked.deadline, std::move(reply));
    }
    ReviewTerms terms = {.caller = request.peer_address,
                         .is_final = path->is_final,
                         .leaves_unpinned = path->leaves_unpinned,
                         .trace = std::move(trace)};
    return Review(std::move(request), std::move(terms), checked.deadline, std::move(reply));
  }
  const bool is_health = request.path == "/healthz";
  if (!is_health && request.path != "/readyz") {
    return std::move(reply).Give(Sentence(
        404, "There is /signing-policy-check, /validate-policy, /healthz and /readyz here."));
  }
  if (request.method != "GET") return std::move(reply).Give(WrongMethod(request, "GET"));
  if (is_health) return std::move(reply).Give(Sentence(200, "ok"));
  std::move(reply).GiveFromThread([this] { return Readiness(); });
}

void Routes::Review(http::ServerRequest request, ReviewTerms terms, absl::Time deadline,
                    http::Reply reply) const {
  webhook_->Start(
      std::move(request.body), std::move(terms), deadline,
      [memory = std::move(request.memory)](size_t memory_bytes) {
        return memory == nullptr || memory->TryResize(memory_bytes);
      },
      [reply = std::move(reply)](Webhook::Next next) mutable {
        if (auto* answer = std::get_if<Webhook::Answered>(&next)) {
          return std::move(reply).Give(ResponseOf(std::move(*answer)));
        }
        // std::function wants to be copied.
        const auto rest = std::make_shared<Webhook::Rest>(std::get<Webhook::Rest>(std::move(next)));
        std::move(reply).GiveFromThread([rest] { return ResponseOf((*rest)()); });
      });
}

void Routes::PolicyReview(http::ServerRequest request, base::TraceContext trace,
                          absl::Time deadline, http::Reply reply) const {
  const auto owned = std::make_shared<http::ServerRequest>(std::move(request));
  std::move(reply).GiveFromThread([this, owned, deadline, trace = std::move(trace)] {
    return ResponseOf(policy_webhook_->Handle(owned->body, deadline, owned->peer_address, trace));
  });
}

http::ServerResponse Routes::Readiness() const {
  if (draining_) return Sentence(503, "Not ready: the shim is ending.");
  if (CheckReadiness().ok()) return Sentence(200, "ok");
  // Anybody can ask here, and why holds addresses: the status port has it.
  return Sentence(503, "Not ready: no verifier serves.");
}

http::Readiness Routes::CheckStatus() const {
  if (draining_) return {.is_ready = false, .details = {"the shim is ending"}};
  const absl::Status ready = CheckReadiness();
  if (ready.ok()) return {.is_ready = true, .details = {"a verifier serves"}};
  return {.is_ready = false, .details = {absl::StrCat("no verifier serves: ", ready.message())}};
}

absl::Status Routes::CheckReadiness() const {
  {
    absl::MutexLock lock(&mutex_);
    // However many ask, one call finds out; meanwhile what was found last counts.
    if (is_checking_ || clock_->Now() < checked_ + kReadinessTtl) return readiness_;
    is_checking_ = true;
  }
  absl::Status readiness = check_readiness_(base::In(kReadinessTimeout));
  absl::MutexLock lock(&mutex_);
  is_checking_ = false;
  checked_ = clock_->Now();
  readiness_ = readiness;
  return readiness;
}

}  // namespace countersign::shim
