#include "cosign/witness_cost.h"

#include <algorithm>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "crypto/chain_cost.h"
#include "crypto/message.h"
#include "crypto/timestamp.h"

namespace countersign::cosign {
namespace {

// So much of timestamps is read in the time of one unit.
constexpr size_t kBytesReadPerUnit = 16 << 10;
// A checkpoint has a signature of its log, seldom two.
constexpr size_t kSignaturesOfCheckpoint = 2;
constexpr size_t kUnitsOfCertificateTimestamp = 2;

// What looking at witnesses costs, and for which times they may vouch.
struct Expected {
  size_t units = 0;
  std::vector<absl::Time> times;
};

void ExpectEntries(const std::vector<LogEntry>& entries, const std::vector<TrustedLog>& logs,
                   Expected& expected) {
  for (const LogEntry& entry : entries) {
    const TrustedLog* const log = FindLog(logs, entry.log_id);
    if (log == nullptr) continue;
    const bool is_promised = !entry.promise.empty();
    const size_t operations =
        (is_promised ? 1 : 0) + (entry.proof.has_value() ? kSignaturesOfCheckpoint : 0);
    expected.units += operations * log->key.Cost();
    if (is_promised) expected.times.push_back(absl::FromUnixSeconds(entry.integrated_time));
  }
}

void ExpectTimestamps(const std::vector<std::string>& timestamps, const LoggedSignature& signature,
                      const std::vector<TrustedTimestampAuthority>& authorities,
                      Expected& expected) {
  const crypto::Message stamped{std::string(signature.signature)};
  size_t bytes = 0;
  for (const std::string& timestamp : timestamps) {
    bytes += timestamp.size();
    const auto token = crypto::TimestampToken::FromDer(timestamp);
    if (!token.ok()) continue;
    size_t units = 0;
    for (const TrustedTimestampAuthority& trusted : authorities) {
      units += crypto::CostToVerifyTimestamp(*token, stamped, trusted.authority);
      if (signature.text == nullptr) continue;
      units += crypto::CostToVerifyTimestamp(*token, *signature.text, trusted.authority);
    }
    if (units == 0) continue;
    expected.units += units;
    expected.times.push_back(token->time());
  }
  expected.units += bytes / kBytesReadPerUnit;
}

// To look for a path from the certificate to each authority at each of the times, and at who has
// logged it.
size_t CostOfCertificate(const crypto::Certificate& certificate, std::vector<absl::Time> times,
                         const Signer& signer) {
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  size_t units = 0;
  for (const TrustedCertificateAuthority& authority : signer.trust->certificate_authorities) {
    const auto searches = std::count_if(times.begin(), times.end(), [&](absl::Time time) {
      return authority.valid_for.Contains(time);
    });
    if (searches == 0) continue;
    units +=
        static_cast<size_t>(searches) * crypto::CostToFindPath(certificate, authority.chain, {});
  }
  if (units == 0) return 0;
  return units + signer.witnesses.certificate_timestamps * kUnitsOfCertificateTimestamp;
}

}  // namespace

size_t CostOfWitnesses(const LoggedSignature& signature, const std::vector<LogEntry>& entries,
                       const std::vector<std::string>& timestamps, const Signer& signer) {
  if (signer.trust == nullptr) return 0;
  const bool is_certified = signature.certificate != nullptr;
  Expected expected;
  if (is_certified || signer.witnesses.log_entries > 0) {
    ExpectEntries(entries, signer.trust->logs, expected);
  }
  if (is_certified || signer.witnesses.timestamps > 0) {
    ExpectTimestamps(timestamps, signature, signer.trust->timestamp_authorities, expected);
  }
  if (!is_certified) return expected.units;
  return expected.units + CostOfCertificate(*signature.certificate, expected.times, signer);
}

size_t CostOfIssuer(const crypto::Certificate& certificate,
                    const std::vector<TrustedCertificateAuthority>& authorities) {
  size_t units = 0;
  for (const TrustedCertificateAuthority& authority : authorities) {
    units += crypto::CostToFindPath(certificate, authority.chain, {});
  }
  return units;
}

}  // namespace countersign::cosign
