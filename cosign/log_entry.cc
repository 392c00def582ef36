#include "cosign/log_entry.h"

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cosign/checkpoint.h"
#include "cosign/inclusion_proof.h"
#include "cosign/log_body.h"
#include "crypto/check_switch.h"
#include "crypto/message.h"
#include "crypto/signature_scheme.h"

namespace countersign::cosign {
namespace {

LogGeneration GenerationOf(const LogEntry& entry) {
  const bool is_rekor2s =
      entry.version == "0.0.2" && (entry.kind == "hashedrekord" || entry.kind == "dsse");
  return is_rekor2s ? LogGeneration::kRekor2 : LogGeneration::kRekor1;
}

absl::Time PromisedTime(const LogEntry& entry) {
  return absl::FromUnixSeconds(entry.integrated_time);
}

// Each of these says, in a phrase that goes on a sentence about the entry, why it does not hold.

std::optional<std::string> WhyNotPromised(const LogEntry& entry, const TrustedLog& log) {
  if (entry.integrated_time <= 0) return "its promise is of no time";
  if (!log.valid_for.Contains(PromisedTime(entry))) {
    return "its promise is of a time at which the log is not trusted";
  }
  const crypto::Message text(PromisedText(entry));
  if (!log.key.VerifyAs(crypto::SignatureScheme::kEcdsaSha256, text, entry.promise,
                        crypto::EcdsaEncoding::kDer) &&
      !crypto::IsOff(crypto::Check::kPromiseHolds)) {
    return "its promise is not signed by the log";
  }
  return std::nullopt;
}

std::optional<std::string> WhyNotIncluded(const LogEntry& entry, LogGeneration generation,
                                          const TrustedLog& log) {
  const InclusionProof& proof = *entry.proof;
  if (generation == LogGeneration::kRekor2 && proof.index != entry.index) {
    return "its proof is of another index";
  }
  const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(proof.checkpoint);
  if (!checkpoint.ok()) {
    return absl::StrCat("its checkpoint is malformed: ", checkpoint.status().message());
  }
  if (proof.tree_size != checkpoint->tree_size || proof.root != checkpoint->root) {
    return "its proof and its checkpoint are of different trees";
  }
  if (!VerifyInclusion(LeafHash(entry.body), proof.index, checkpoint->tree_size, proof.hashes,
                       checkpoint->root) &&
      !crypto::IsOff(crypto::Check::kEntryIsIncluded)) {
    return "its proof does not lead to the root of its checkpoint";
  }
  if (!VerifyCheckpoint(*checkpoint, log.key, generation, log.origins)) {
    return "its checkpoint is not signed by the log";
  }
  return std::nullopt;
}

std::optional<std::string> WhyNotLogged(const LogEntry& entry, const TrustedLog& log) {
  const LogGeneration generation = GenerationOf(entry);
  const bool is_promised = !entry.promise.empty();
  if (generation == LogGeneration::kRekor2 && is_promised) {
    return "it has a promise, which Rekor 2 does not make";
  }
  if (!is_promised && !entry.proof) return "it has neither a promise nor a proof";
  if (is_promised) {
    if (auto why = WhyNotPromised(entry, log)) return why;
  }
  return entry.proof ? WhyNotIncluded(entry, generation, log) : std::nullopt;
}

}  // namespace

std::string PromisedText(const LogEntry& entry) {
  return absl::StrCat(R"({"body":")", absl::Base64Escape(entry.body), R"(","integratedTime":)",
                      entry.integrated_time, R"(,"logID":")", absl::BytesToHexString(entry.log_id),
                      R"(","logIndex":)", entry.index, "}");
}

std::variant<Refusal, LogWitness> VerifyLogEntry(const LogEntry& entry,
                                                 const LoggedSignature& signature,
                                                 const std::vector<TrustedLog>& logs) {
  const TrustedLog* const log = FindLog(logs, entry.log_id);
  if (log == nullptr) {
    return Refusal{Refused::kUnknownLog,
                   absl::StrCat("its log entry ", entry.index, " is of a log that is not trusted")};
  }
  std::optional<std::string> why = WhyNotLogged(entry, *log);
  if (!why) why = WhyLoggedOtherwise(entry, signature);
  if (why) {
    return Refusal{Refused::kBadLogEntry,
                   absl::StrCat("its log entry ", entry.index, " does not hold: ", *why)};
  }
  LogWitness witness{.log = log, .index = entry.index};
  if (!entry.promise.empty()) witness.time = PromisedTime(entry);
  return witness;
}

}  // namespace countersign::cosign
