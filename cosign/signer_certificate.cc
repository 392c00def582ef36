#include "cosign/signer_certificate.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "crypto/certificate_chain.h"
#include "crypto/check_switch.h"
#include "crypto/sct.h"

namespace countersign::cosign {
namespace {

using crypto::Certificate;
using crypto::ChainFault;

Refused ReasonOf(ChainFault fault) {
  switch (fault) {
    case ChainFault::kNotValidThen:
      return Refused::kCertificateNotValidThen;
    case ChainFault::kLimit:
      return Refused::kLimit;
    default:
      return Refused::kBadCertificate;
  }
}

Refusal DoesNotCount(const crypto::ChainRefusal& why) {
  return {ReasonOf(why.fault), absl::StrCat("its certificate does not count: ", why.sentence)};
}

// Who issued it, by a path to one of the authorities that holds at this time.
std::variant<Refusal, std::vector<Certificate>> FindIssuersAt(
    const Certificate& leaf, absl::Time time,
    const std::vector<TrustedCertificateAuthority>& authorities) {
  std::vector<Certificate> issuers;
  Refusal refusal = {Refused::kBadCertificate,
                     "no certificate authority is trusted for when it was signed"};
  bool is_of_known = false;
  for (const TrustedCertificateAuthority& authority : authorities) {
    if (!authority.valid_for.Contains(time)) continue;
    auto result =
        crypto::FindPath(leaf, authority.chain, {}, time, crypto::CertificatePurpose::kCodeSigning);
    if (auto* path = std::get_if<std::vector<Certificate>>(&result)) {
      issuers.push_back(std::move((*path)[1]));
      continue;
    }
    const auto& why = std::get<crypto::ChainRefusal>(result);
    // What is wrong on the way to the authority that issued it is what is wrong with it.
    if (is_of_known) continue;
    is_of_known = why.fault != ChainFault::kUntrusted;
    refusal = DoesNotCount(why);
  }
  if (issuers.empty()) return refusal;
  return issuers;
}

bool IsSeenBy(const TrustedLog& log, const crypto::Sct& sct, const Certificate& leaf,
              absl::Span<const Certificate> issuers) {
  return log.valid_for.Contains(sct.time) &&
         std::any_of(issuers.begin(), issuers.end(), [&](const Certificate& issuer) {
           return crypto::VerifySct(sct, leaf, issuer, log.key);
         });
}

}  // namespace

std::variant<Refusal, std::vector<Certificate>> FindIssuers(
    const Certificate& leaf, absl::Span<const absl::Time> times,
    const std::vector<TrustedCertificateAuthority>& authorities) {
  std::vector<Certificate> issuers;
  for (const absl::Time time : times) {
    auto result = FindIssuersAt(leaf, time, authorities);
    if (std::holds_alternative<Refusal>(result)) {
      if (crypto::IsOff(crypto::Check::kCertificateHoldsEachTime)) continue;
      return result;
    }
    for (Certificate& issuer : std::get<std::vector<Certificate>>(result)) {
      if (std::find(issuers.begin(), issuers.end(), issuer) == issuers.end()) {
        issuers.push_back(std::move(issuer));
      }
    }
  }
  return issuers;
}

std::optional<Refusal> WhyItCannotHold(const Certificate& leaf,
                                       absl::Span<const absl::Time> times) {
  if (crypto::IsOff(crypto::Check::kCertificateHoldsEachTime)) return std::nullopt;
  for (const absl::Time time : times) {
    if (const auto why = crypto::FindTimeRefusal(leaf, time)) return DoesNotCount(*why);
  }
  return std::nullopt;
}

bool IsOfTrusted(const Certificate& leaf,
                 const std::vector<TrustedCertificateAuthority>& authorities) {
  return std::any_of(authorities.begin(), authorities.end(),
                     [&leaf](const TrustedCertificateAuthority& authority) {
                       return crypto::IsIssuedBy(leaf, authority.chain);
                     });
}

std::optional<Refusal> WhyTooFewLogsSawIt(const Certificate& leaf,
                                          absl::Span<const Certificate> issuers,
                                          const std::vector<TrustedLog>& logs, size_t wanted) {
  if (wanted == 0) return std::nullopt;
  const absl::StatusOr<std::vector<crypto::Sct>> scts = crypto::EmbeddedScts(leaf);
  if (!scts.ok()) {
    return Refusal{absl::IsResourceExhausted(scts.status()) ? Refused::kLimit
                                                            : Refused::kBadCertificateTimestamp,
                   absl::StrCat("its certificate does not count: ", scts.status().message())};
  }
  std::set<std::string_view> seen_by;
  bool is_log_known = false;
  for (const crypto::Sct& sct : *scts) {
    const TrustedLog* log = FindLog(
        logs,
        std::string_view(reinterpret_cast<const char*>(sct.log_id.data()), sct.log_id.size()));
    if (log == nullptr && crypto::IsOff(crypto::Check::kCertificateLogIsTrusted)) {
      return std::nullopt;
    }
    if (log == nullptr || seen_by.contains(log->id)) continue;
    is_log_known = true;
    if (IsSeenBy(*log, sct, leaf, issuers)) seen_by.insert(log->id);
  }
  if (seen_by.size() >= wanted) return std::nullopt;
  return Refusal{
      Refused::kBadCertificateTimestamp,
      scts->empty()   ? "no log of certificates says in its certificate that it has seen it"
      : !is_log_known ? "only logs of certificates that are not trusted have seen its certificate"
      : seen_by.empty()
          ? "what its certificate says of logs of certificates that have seen it does not hold"
          : absl::StrCat("logs of certificates that have seen its certificate: ", seen_by.size(),
                         " of ", wanted)};
}

}  // namespace countersign::cosign
