#include "cosign/witnessed.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cosign/log_witnesses.h"
#include "cosign/signer_certificate.h"
#include "cosign/time_witnesses.h"
#include "cosign/trusted_root.h"
#include "crypto/certificate_chain.h"
#include "crypto/check_switch.h"
#include "crypto/message.h"

namespace countersign::cosign {
namespace {

// Whoever trusts nobody.
const TrustedRoot& Nobody() {
  static const TrustedRoot* const nobody = new TrustedRoot;
  return *nobody;
}

struct Found {
  LogWitnesses logs;
  TimeWitnesses stamps;
  std::vector<absl::Time> times;  // each once
};

Found FindWitnesses(const LoggedSignature& signature, const std::vector<LogEntry>& entries,
                    const std::vector<std::string>& timestamps, const Signer& signer,
                    const TrustedRoot& trust) {
  const bool is_certified = signature.certificate != nullptr;
  Found found;
  if (is_certified || signer.witnesses.timestamps > 0) {
    const crypto::Message stamped{std::string(signature.signature)};
    found.stamps =
        FindTimeWitnesses(timestamps, stamped, trust.timestamp_authorities, signature.text);
  }
  if (is_certified || signer.witnesses.log_entries > 0) {
    found.logs = FindLogWitnesses(entries, signature, trust.logs);
  }
  for (const TimeWitness& witness : found.stamps.witnesses) found.times.push_back(witness.time);
  for (const LogWitness& witness : found.logs.witnesses) {
    if (witness.time.has_value()) found.times.push_back(*witness.time);
  }
  std::sort(found.times.begin(), found.times.end());
  found.times.erase(std::unique(found.times.begin(), found.times.end()), found.times.end());
  KeepThoseInUse(found.times, found.logs);
  return found;
}

Refusal TooFew(std::string_view what, size_t found, size_t wanted) {
  return {Refused::kTooFewWitnesses,
          absl::StrCat("it has ", found, " ", what, " that count, of ", wanted)};
}

// Why there are fewer witnesses than are asked for: what is wrong with one that does not count, if
// there is one.
std::optional<Refusal> WhyTooFew(const Found& found, const Witnesses& wanted) {
  const size_t logs = CountIndependent(found.logs.witnesses);
  if (logs < wanted.log_entries) {
    return found.logs.refusal.value_or(
        TooFew("entries of transparency logs", logs, wanted.log_entries));
  }
  const size_t stamps = CountIndependent(found.stamps.witnesses);
  if (stamps < wanted.timestamps) {
    return found.stamps.refusal.value_or(TooFew("timestamps", stamps, wanted.timestamps));
  }
  return std::nullopt;
}

Refusal NoTime(const Found& found) {
  std::string sentence = "nobody who is trusted says when it was signed";
  for (const auto& refusal : {found.logs.refusal, found.stamps.refusal}) {
    if (refusal.has_value()) absl::StrAppend(&sentence, "; ", refusal->sentence);
  }
  return {Refused::kNoTime, std::move(sentence)};
}

// Why the certificate was not good at every time.
std::optional<Refusal> WhyCertificateFails(const crypto::Certificate& certificate,
                                           absl::Span<const absl::Time> times,
                                           const Witnesses& wanted, const TrustedRoot& trust) {
  const auto issuers = FindIssuers(certificate, times, trust.certificate_authorities);
  if (const auto* refusal = std::get_if<Refusal>(&issuers)) return *refusal;
  return WhyTooFewLogsSawIt(certificate, std::get<std::vector<crypto::Certificate>>(issuers),
                            trust.certificate_logs, wanted.certificate_timestamps);
}

// A promise and a checkpoint, which has a signature, seldom two.
constexpr size_t kUnitsOfEntry = 3;
// One by a key of whatever kind, as authorities' often are of P-384: of a certificate, of a timestamp.
constexpr size_t kUnitsOfSignature = 10;
constexpr size_t kUnitsOfCertificateTimestamp = 2;

// To look for a path to it: each of its certificates may have issued each before it.
size_t CostOfPath(const std::vector<crypto::Certificate>& chain) {
  return kUnitsOfSignature *
         std::min(chain.size() * (chain.size() + 1) / 2, crypto::kMaxSignatureChecks);
}

}  // namespace

size_t CostOfWitnesses(size_t entries, size_t timestamps, bool is_certified, const Signer& signer) {
  if (signer.trust == nullptr) return 0;
  size_t of_timestamp = 0;
  for (const TrustedTimestampAuthority& authority : signer.trust->timestamp_authorities) {
    of_timestamp += kUnitsOfSignature + CostOfPath(authority.authority.chain);
  }
  size_t of_time = 0;
  for (const TrustedCertificateAuthority& authority : signer.trust->certificate_authorities) {
    of_time += CostOfPath(authority.chain);
  }
  const bool are_entries_asked = is_certified || signer.witnesses.log_entries > 0;
  const bool are_timestamps_asked = is_certified || signer.witnesses.timestamps > 0;
  size_t units = (are_entries_asked ? entries * kUnitsOfEntry : 0) +
                 (are_timestamps_asked ? timestamps * of_timestamp : 0);
  if (is_certified) {
    units += (entries + timestamps) * of_time +
             signer.witnesses.certificate_timestamps * kUnitsOfCertificateTimestamp;
  }
  return units;
}

std::variant<Refusal, Proof> JudgeWitnesses(const LoggedSignature& signature,
                                            const std::vector<LogEntry>& entries,
                                            const std::vector<std::string>& timestamps,
                                            const Signer& signer) {
  const TrustedRoot& trust = signer.trust == nullptr ? Nobody() : *signer.trust;
  Found found = FindWitnesses(signature, entries, timestamps, signer, trust);
  if (auto refusal = WhyTooFew(found, signer.witnesses)) return *std::move(refusal);
  if (signature.certificate != nullptr) {
    if (found.times.empty() && crypto::IsOff(crypto::Check::kTimeIsKnown)) {
      found.times.push_back(signature.certificate->not_before());
    }
    if (found.times.empty()) return NoTime(found);
    if (auto refusal =
            WhyCertificateFails(*signature.certificate, found.times, signer.witnesses, trust)) {
      return *std::move(refusal);
    }
  }
  Proof proof;
  proof.scheme = signature.scheme;
  proof.times = std::move(found.times);
  for (const LogWitness& witness : found.logs.witnesses) proof.log_indexes.push_back(witness.index);
  return proof;
}

}  // namespace countersign::cosign
