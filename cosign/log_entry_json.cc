#include "cosign/log_entry_json.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cosign/checkpoint.h"
#include "cosign/inclusion_proof.h"
#include "crypto/check_switch.h"

namespace countersign::cosign {
namespace {

using base::JsonPlace;

absl::Status CheckAtMost(const JsonPlace& place, std::string_view name, size_t size, size_t limit,
                         std::string_view unit) {
  if (size <= limit) return absl::OkStatus();
  return place.MemberError(name, absl::StrCat("must have at most ", limit, " ", unit));
}

absl::StatusOr<uint64_t> ReadNatural(const JsonPlace& place, std::string_view name) {
  CS_ASSIGN_OR_RETURN(const int64_t value, place.OptionalProtoInt64(name));
  if (value < 0) return place.MemberError(name, "must not be negative");
  return static_cast<uint64_t>(value);
}

absl::StatusOr<crypto::Sha256Digest> ReadDigest(const JsonPlace& place) {
  CS_ASSIGN_OR_RETURN(const std::string bytes, place.ProtoBytes());
  crypto::Sha256Digest digest;
  if (bytes.size() != digest.size()) {
    return place.Error(absl::StrCat("must be ", digest.size(), " bytes, is ", bytes.size()));
  }
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

// The member `name` of the object at `place`, which has no other.
absl::StatusOr<std::string> ReadOnlyBytes(const JsonPlace& place, std::string_view name) {
  CS_RETURN_IF_ERROR(place.RefuseOthers({name}));
  return place.RequiredProtoBytes(name);
}

absl::StatusOr<std::string> ReadCheckpoint(const JsonPlace& proof) {
  CS_ASSIGN_OR_RETURN(const JsonPlace checkpoint, proof.RequiredObject("checkpoint"));
  CS_RETURN_IF_ERROR(checkpoint.RefuseOthers({"envelope"}));
  CS_ASSIGN_OR_RETURN(std::string envelope, checkpoint.RequiredString("envelope"));
  CS_RETURN_IF_ERROR(
      CheckAtMost(checkpoint, "envelope", envelope.size(), kMaxCheckpointBytes, "bytes"));
  return envelope;
}

absl::StatusOr<InclusionProof> ReadProof(const JsonPlace& place) {
  CS_RETURN_IF_ERROR(
      place.RefuseOthers({"logIndex", "rootHash", "treeSize", "hashes", "checkpoint"}));
  InclusionProof proof;
  CS_ASSIGN_OR_RETURN(proof.index, ReadNatural(place, "logIndex"));
  CS_ASSIGN_OR_RETURN(proof.tree_size, ReadNatural(place, "treeSize"));
  if (proof.index >= proof.tree_size) {
    return place.MemberError("logIndex", "must be less than treeSize");
  }
  CS_ASSIGN_OR_RETURN(const JsonPlace root, place.Required("rootHash"));
  CS_ASSIGN_OR_RETURN(proof.root, ReadDigest(root));
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> hashes, place.OptionalElements("hashes"));
  CS_RETURN_IF_ERROR(CheckAtMost(place, "hashes", hashes.size(), kMaxProofHashes, "elements"));
  for (const JsonPlace& element : hashes) {
    CS_ASSIGN_OR_RETURN(const crypto::Sha256Digest hash, ReadDigest(element));
    proof.hashes.push_back(hash);
  }
  CS_ASSIGN_OR_RETURN(proof.checkpoint, ReadCheckpoint(place));
  return proof;
}

// In tests alone.
bool IsLeftOut(const JsonPlace& proof) {
  return crypto::IsOff(crypto::Check::kProofHasCheckpoint) && !ReadCheckpoint(proof).ok();
}

absl::Status ReadWitnesses(const JsonPlace& place, LogEntry& entry) {
  CS_ASSIGN_OR_RETURN(const auto promise, place.OptionalObject("inclusionPromise"));
  if (promise) {
    CS_ASSIGN_OR_RETURN(entry.promise, ReadOnlyBytes(*promise, "signedEntryTimestamp"));
  }
  CS_ASSIGN_OR_RETURN(const auto proof, place.OptionalObject("inclusionProof"));
  if (proof && !IsLeftOut(*proof)) {
    CS_ASSIGN_OR_RETURN(entry.proof, ReadProof(*proof));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LogEntry> ReadLogEntry(const JsonPlace& place) {
  CS_RETURN_IF_ERROR(
      place.RefuseOthers({"logIndex", "logId", "kindVersion", "integratedTime", "inclusionPromise",
                          "inclusionProof", "canonicalizedBody"}));
  LogEntry entry;
  CS_ASSIGN_OR_RETURN(entry.index, ReadNatural(place, "logIndex"));
  CS_ASSIGN_OR_RETURN(const JsonPlace log_id, place.RequiredObject("logId"));
  CS_ASSIGN_OR_RETURN(entry.log_id, ReadOnlyBytes(log_id, "keyId"));
  CS_ASSIGN_OR_RETURN(const JsonPlace kind, place.RequiredObject("kindVersion"));
  CS_RETURN_IF_ERROR(kind.RefuseOthers({"kind", "version"}));
  CS_ASSIGN_OR_RETURN(entry.kind, kind.RequiredString("kind"));
  CS_ASSIGN_OR_RETURN(entry.version, kind.RequiredString("version"));
  CS_ASSIGN_OR_RETURN(const uint64_t time, ReadNatural(place, "integratedTime"));
  entry.integrated_time = static_cast<int64_t>(time);
  CS_ASSIGN_OR_RETURN(entry.body, place.RequiredProtoBytes("canonicalizedBody"));
  CS_RETURN_IF_ERROR(
      CheckAtMost(place, "canonicalizedBody", entry.body.size(), kMaxLogEntryBodyBytes, "bytes"));
  CS_RETURN_IF_ERROR(ReadWitnesses(place, entry));
  return entry;
}

}  // namespace countersign::cosign
