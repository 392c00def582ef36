#include "cosign/witnessed.h"

#include <algorithm>
#include <optional>
#include <string_view>
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

// What is judged, for whom, and who pays for it.
struct Judged {
  const LoggedSignature& signature;
  const std::vector<LogEntry>& entries;
  const std::vector<std::string>& timestamps;
  const Signer& signer;
  const TrustedRoot& trust;
  Pay pay;
};

struct Found {
  LogWitnesses logs;
  TimeWitnesses stamps;
  std::vector<absl::Time> times;  // each once
  size_t certificate_units = 0;   // of looking at the certificate at these times
};

std::optional<Refusal> PayFor(size_t units, Pay pay) {
  if (units == 0 || pay(units)) return std::nullopt;
  return Refusal{Refused::kLimit, kNotPaidFor};
}

Refusal TooFew(std::string_view what, size_t found, size_t wanted) {
  return {Refused::kTooFewWitnesses,
          absl::StrCat("it has ", found, " ", what, " that count, of ", wanted)};
}

// These two say why there are fewer witnesses than are asked for: what is wrong with one that does
// not count, if there is one.

std::optional<Refusal> WhyTooFewEntries(const LogWitnesses& found, size_t wanted) {
  const size_t logs = CountIndependent(found.witnesses);
  if (logs >= wanted) return std::nullopt;
  return found.refusal.value_or(TooFew("entries of transparency logs", logs, wanted));
}

std::optional<Refusal> WhyTooFewTimestamps(const TimeWitnesses& found, size_t wanted) {
  const size_t stamps = CountIndependent(found.witnesses);
  if (stamps >= wanted) return std::nullopt;
  return found.refusal.value_or(TooFew("timestamps", stamps, wanted));
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
// pays for seeing that.
std::optional<Refusal> WhyNotLooked(const Judged& judged, size_t units) {
  if (judged.signature.certificate != nullptr && units > kFewWitnessUnits) {
    const crypto::Certificate& certificate = *judged.signature.certificate;
    const auto& authorities = judged.trust.certificate_authorities;
    if (auto refusal = PayFor(CostOfIssuer(certificate, authorities), judged.pay)) return refusal;
    if (!IsOfTrusted(certificate, authorities)) {
      return Refusal{Refused::kBadCertificate,
                     "its certificate does not count: the certificate was not issued by a trusted "
                     "authority"};
    }
  }
  if (units <= kMaxWitnessUnits) return std::nullopt;
  return Refusal{Refused::kLimit,
                 absl::StrCat("looking at its log entries and timestamps takes more than the ",
                              kMaxWitnessUnits, " units of work that are done for one signature")};
}

// Where too few hold, nothing else could take their place.
std::optional<Refusal> LookAtEntries(const Judged& judged, size_t units, Found& found) {
  const size_t wanted = judged.signer.witnesses.log_entries;
  if (judged.signature.certificate == nullptr && wanted == 0) return std::nullopt;
  if (auto refusal = PayFor(units, judged.pay)) return refusal;
  found.logs = FindLogWitnesses(judged.entries, judged.signature, judged.trust.logs);
  return WhyTooFewEntries(found.logs, wanted);
}

std::optional<Refusal> LookAtTimestamps(const Judged& judged, size_t units, Found& found) {
  const size_t wanted = judged.signer.witnesses.timestamps;
  if (judged.signature.certificate == nullptr && wanted == 0) return std::nullopt;
  if (auto refusal = PayFor(units, judged.pay)) return refusal;
  const crypto::Message stamped{std::string(judged.signature.signature)};
  found.stamps = FindTimeWitnesses(judged.timestamps, stamped, judged.trust.timestamp_authorities,
                                   judged.signature.text);
  return std::nullopt;
}

void SetTimes(Found& found) {
  for (const TimeWitness& witness : found.stamps.witnesses) found.times.push_back(witness.time);
  for (const LogWitness& witness : found.logs.witnesses) {
    if (witness.time.has_value()) found.times.push_back(*witness.time);
  }
  std::sort(found.times.begin(), found.times.end());
  found.times.erase(std::unique(found.times.begin(), found.times.end()), found.times.end());
  KeepThoseInUse(found.times, found.logs);
}

// Few log entries come before all else: whoever has seen a good signature can forge some for a copy
// of it, whose timestamps and certificate then cost nothing.
std::optional<Refusal> FindWitnesses(const Judged& judged, Found& found) {
  const Witnesses& wanted = judged.signer.witnesses;
  const size_t of_entries = CostOfEntries(judged.signature, judged.entries, judged.signer);
  const bool are_entries_few = of_entries <= kFewWitnessUnits;
  if (are_entries_few) {
    if (auto refusal = LookAtEntries(judged, of_entries, found)) return refusal;
  }
  const auto cost = FindWitnessCost(judged.signature, judged.entries, judged.timestamps,
                                    judged.signer, kMaxWitnessUnits, judged.pay);
  if (!cost.has_value()) return Refusal{Refused::kLimit, kNotPaidFor};
  if (auto refusal = WhyNotLooked(judged, cost->units())) return refusal;
  if (!are_entries_few) {
    if (auto refusal = LookAtEntries(judged, of_entries, found)) return refusal;
  }
  if (auto refusal = LookAtTimestamps(judged, cost->timestamps, found)) return refusal;
  SetTimes(found);
  found.certificate_units = cost->certificate;
  if (auto refusal = WhyTooFewEntries(found.logs, wanted.log_entries)) return refusal;
  return WhyTooFewTimestamps(found.stamps, wanted.timestamps);
}

}  // namespace

std::variant<Refusal, Proof> JudgeWitnesses(const LoggedSignature& signature,
                                            const std::vector<LogEntry>& entries,
                                            const std::vector<std::string>& timestamps,
                                            const Signer& signer, Pay pay) {
  const TrustedRoot& trust = signer.trust == nullptr ? Nobody() : *signer.trust;
  const Judged judged = {signature, entries, timestamps, signer, trust, pay};
  Found found;
  if (auto refusal = FindWitnesses(judged, found)) return *std::move(refusal);
  if (signature.certificate != nullptr) {
    if (found.times.empty() && crypto::IsOff(crypto::Check::kTimeIsKnown)) {
      found.times.push_back(signature.certificate->not_before());
    }
    if (found.times.empty()) return NoTime(found);
    if (auto refusal = WhyItCannotHold(*signature.certificate, found.times)) {
      return *std::move(refusal);
    }
    if (auto refusal = PayFor(found.certificate_units, pay)) return *std::move(refusal);
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
