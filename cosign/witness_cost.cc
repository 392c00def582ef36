#include "cosign/witness_cost.h"

#include <algorithm>
#include <utility>

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

// What looking at timestamps costs, and for which times they may vouch.
struct Expected {
  size_t units = 0;
  std::vector<absl::Time> times;
};

size_t CostOfTimestamp(const crypto::TimestampToken& token, const crypto::Message& stamped,
                       const crypto::Message* text,
                       const std::vector<TrustedTimestampAuthority>& authorities) {
  size_t units = 0;
  for (const TrustedTimestampAuthority& trusted : authorities) {
    units += crypto::CostToVerifyTimestamp(token, stamped, trusted.authority);
    if (text == nullptr) continue;
    units += crypto::CostToVerifyTimestamp(token, *text, trusted.authority);
  }
  return units;
}

// nullopt: reading them was not paid for. None is read once they cost more than `most`.
std::optional<Expected> ExpectTimestamps(const std::vector<std::string>& timestamps,
                                         const LoggedSignature& signature,
                                         const std::vector<TrustedTimestampAuthority>& authorities,
                                         size_t most, Pay pay) {
  const crypto::Message stamped{std::string(signature.signature)};
  Expected expected;
  size_t bytes = 0;
  for (const std::string& timestamp : timestamps) {
    if (expected.units > most) break;
    bytes += timestamp.size();
    const size_t to_read = crypto::CostToReadTimestamp(timestamp);
    if (to_read > 0 && !pay(to_read)) return std::nullopt;
    const auto token = crypto::TimestampToken::FromDer(timestamp);
    if (!token.ok()) continue;
    const size_t units = CostOfTimestamp(*token, stamped, signature.text, authorities);
    if (units == 0) continue;
    expected.units += units;
    expected.times.push_back(token->time());
  }
  expected.units += bytes / kBytesReadPerUnit;
  return expected;
}

void AddPromisedTimes(const std::vector<LogEntry>& entries, const std::vector<TrustedLog>& logs,
                      std::vector<absl::Time>& times) {
  for (const LogEntry& entry : entries) {
    if (entry.promise.empty() || FindLog(logs, entry.log_id) == nullptr) continue;
    times.push_back(absl::FromUnixSeconds(entry.integrated_time));
  }
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

size_t CostOfEntries(const LoggedSignature& signature, const std::vector<LogEntry>& entries,
                     const Signer& signer) {
  if (signer.trust == nullptr) return 0;
  if (signature.certificate == nullptr && signer.witnesses.log_entries == 0) return 0;
  size_t units = 0;
  for (const LogEntry& entry : entries) {
    const TrustedLog* const log = FindLog(signer.trust->logs, entry.log_id);
    if (log == nullptr) continue;
    const size_t operations =
        (entry.promise.empty() ? 0 : 1) + (entry.proof.has_value() ? kSignaturesOfCheckpoint : 0);
    units += operations * log->key.Cost();
  }
  return units;
}

std::optional<WitnessCost> FindWitnessCost(const LoggedSignature& signature,
                                           const std::vector<LogEntry>& entries,
                                           const std::vector<std::string>& timestamps,
                                           const Signer& signer, size_t most, Pay pay) {
  WitnessCost cost;
  if (signer.trust == nullptr) return cost;
  const bool is_certified = signature.certificate != nullptr;
  cost.entries = CostOfEntries(signature, entries, signer);
  std::vector<absl::Time> times;
  if (is_certified || signer.witnesses.timestamps > 0) {
    auto expected = ExpectTimestamps(timestamps, signature, signer.trust->timestamp_authorities,
                                     most - std::min(most, cost.entries), pay);
    if (!expected.has_value()) return std::nullopt;
    cost.timestamps = expected->units;
    times = std::move(expected->times);
  }
  if (!is_certified) return cost;
  AddPromisedTimes(entries, signer.trust->logs, times);
  cost.certificate = CostOfCertificate(*signature.certificate, std::move(times), signer);
  return cost;
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
