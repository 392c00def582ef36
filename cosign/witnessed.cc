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
#include "cosign/witness_cost.h"
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

// Why the witnesses are not to be looked at: that would be for nothing, or is too much, or nobody
// pays for it.
std::optional<Refusal> WhyNotLooked(const LoggedSignature& signature, size_t units,
                                    const TrustedRoot& trust, Pay pay) {
  const Refusal not_paid = {Refused::kLimit, kNotPaidFor};
  if (signature.certificate != nullptr && units > kFewWitnessUnits) {
    const crypto::Certificate& certificate = *signature.certificate;
    const size_t of_issuer = CostOfIssuer(certificate, trust.certificate_authorities);
    if (of_issuer > 0 && !pay(of_issuer)) return not_paid;
    if (!IsOfTrusted(certificate, trust.certificate_authorities)) {
      return Refusal{Refused::kBadCertificate,
                     "its certificate does not count: the certificate was not issued by a trusted "
                     "authority"};
    }
  }
  if (units > kMaxWitnessUnits) {
    return Refusal{
        Refused::kLimit,
        absl::StrCat("looking at its log entries and timestamps takes more than the ",
                     kMaxWitnessUnits, " units of work that are done for one signature")};
  }
  if (units > 0 && !pay(units)) return not_paid;
  return std::nullopt;
}

}  // namespace

std::variant<Refusal, Proof> JudgeWitnesses(const LoggedSignature& signature,
                                            const std::vector<LogEntry>& entries,
                                            const std::vector<std::string>& timestamps,
                                            const Signer& signer, Pay pay) {
  const TrustedRoot& trust = signer.trust == nullptr ? Nobody() : *signer.trust;
  const size_t units = CostOfWitnesses(signature, entries, timestamps, signer);
  if (auto refusal = WhyNotLooked(signature, units, trust, pay)) return *std::move(refusal);
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
