#include "verifier/verifier_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "grpc/grpc_security_constants.h"
#include "grpcpp/security/auth_context.h"
#include "verifier/policy_validation.h"

namespace countersign::verifier {
namespace {

constexpr absl::Duration kLongestCall = absl::Seconds(10);
constexpr absl::Duration kLongestAnswer = absl::Milliseconds(200);

// The codes are the same numbers by design of Abseil (absl/status/status.h).
grpc::Status ToGrpc(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

std::vector<std::string> ValuesOf(const grpc::AuthContext& context, const char* property) {
  std::vector<std::string> values;
  for (const grpc::string_ref& value : context.FindPropertyValues(property)) {
    values.emplace_back(value.data(), value.size());
  }
  return values;
}

// Nothing that was not verified.
ClientNames NamesOf(const grpc::AuthContext& context) {
  if (!context.IsPeerAuthenticated()) return {};
  return {.dns = ValuesOf(context, GRPC_PEER_DNS_PROPERTY_NAME),
          .uris = ValuesOf(context, GRPC_PEER_URI_PROPERTY_NAME)};
}

// "192.0.2.1" of "ipv4:192.0.2.1:4711", "2001:db8::1" of "ipv6:[2001:db8::1]:4711" (also percent
// encoded, as gRPC writes it); anything else, such as "unix:", as it is.
std::string AddressOf(std::string_view peer) {
  absl::string_view address(peer.data(), peer.size());
  if (!absl::ConsumePrefix(&address, "ipv4:") && !absl::ConsumePrefix(&address, "ipv6:")) {
    return std::string(peer);
  }
  const size_t colon = address.rfind(':');
  address = address.substr(0, colon);
  if (!absl::ConsumePrefix(&address, "%5B")) absl::ConsumePrefix(&address, "[");
  if (!absl::ConsumeSuffix(&address, "%5D")) absl::ConsumeSuffix(&address, "]");
  return std::string(address);
}

// To whose share a question is put. What a question says of itself is believed only of clients that
// may ask on behalf of everybody.
std::string CallerOf(const grpc::ServerContext& context, const v1::VerifyImagesRequest& request,
                     const ClientRights& rights) {
  if (!request.caller().empty() && rights.CoversAll()) {
    return absl::StrCat("for ", request.caller());
  }
  const ClientNames names = NamesOf(*context.auth_context());
  if (!names.dns.empty()) return absl::StrCat("dns:", names.dns.front());
  if (!names.uris.empty()) return absl::StrCat("uri:", names.uris.front());
  return AddressOf(context.peer());
}

}  // namespace

absl::Time VerdictsDeadline(absl::Time now, absl::Time deadline) {
  const absl::Duration left = std::min(deadline - now, kLongestCall);
  return now + left - std::min(left / 10, kLongestAnswer);
}

VerifierService::VerifierService(ImageVerifier* verifier, ClientRules clients,
                                 int max_calls_in_progress, CallMetrics* metrics)
    : verifier_(verifier),
      clients_(std::move(clients)),
      max_calls_in_progress_(max_calls_in_progress),
      metrics_(metrics) {}

grpc::Status VerifierService::Answer(ApiMethod method,
                                     const std::function<absl::Status()>& answer) {
  const absl::Time start = absl::Now();
  if (metrics_ != nullptr) metrics_->Begin();
  absl::Cleanup leave = [this] { calls_in_progress_.fetch_sub(1, std::memory_order_relaxed); };
  const bool is_full =
      calls_in_progress_.fetch_add(1, std::memory_order_relaxed) >= max_calls_in_progress_;
  const absl::Status status =
      is_full ? absl::ResourceExhaustedError(
                    "this verifier has as many calls in progress as it takes; ask another replica")
              : answer();
  if (metrics_ != nullptr) metrics_->End(method, status, absl::Now() - start);
  return ToGrpc(status);
}

absl::StatusOr<ClientRights> VerifierService::Authorize(const grpc::ServerContext& context,
                                                        std::string_view workload_namespace) const {
  const ClientNames client = clients_.empty() ? ClientNames() : NamesOf(*context.auth_context());
  ClientRights rights = clients_.RightsOf(client);
  std::string why;
  if (!rights.may_ask) {
    why = "this client is not listed (--allowed-client)";
  } else if (!rights.Covers(workload_namespace)) {
    why = absl::StrCat("this client may not ask on behalf of namespace ",
                       base::Quoted(workload_namespace), " (--allowed-client)");
  } else {
    return rights;
  }
  absl::StrAppend(&why, "; the names in its certificate: ", client.Describe());
  base::LogWarning("verifier", "Refused a client.",
                   {{"error", why}, {"client", base::Printable(context.peer())}});
  return absl::PermissionDeniedError(why);
}

grpc::Status VerifierService::VerifyImages(grpc::ServerContext* context,
                                           const v1::VerifyImagesRequest* request,
                                           v1::VerifyImagesResponse* response) {
  return Answer(ApiMethod::kVerifyImages, [&]() -> absl::Status {
    if (request->ByteSizeLong() > kMaxQuestionBytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the message is larger than ", kMaxQuestionBytes, " bytes"));
    }
    CS_ASSIGN_OR_RETURN(const ClientRights rights, Authorize(*context, request->namespace_()));
    const absl::Time deadline =
        VerdictsDeadline(absl::Now(), absl::FromChrono(context->deadline()));
    CS_ASSIGN_OR_RETURN(
        *response, verifier_->VerifyImages(*request, deadline,
                                           rights.shared_credentials ? CredentialUse::kCluster
                                                                     : CredentialUse::kAnonymous,
                                           CallerOf(*context, *request, rights)));
    if (metrics_ != nullptr) metrics_->CountVerdicts(*response);
    return absl::OkStatus();
  });
}

grpc::Status VerifierService::ValidatePolicy(grpc::ServerContext* context,
                                             const v1::ValidatePolicyRequest* request,
                                             v1::ValidatePolicyResponse* response) {
  return Answer(ApiMethod::kValidatePolicy, [&]() -> absl::Status {
    CS_RETURN_IF_ERROR(Authorize(*context, "").status());
    CS_ASSIGN_OR_RETURN(*response, verifier::ValidatePolicy(*request));
    return absl::OkStatus();
  });
}

}  // namespace countersign::verifier
