#include "tuf/verification.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "crypto/hash_algorithm.h"
#include "crypto/message.h"
#include "tuf/signatures.h"

namespace countersign::tuf {
namespace {

using crypto::HashAlgorithm;

Failure FailureOf(const absl::Status& status) {
  const bool is_limit = status.code() == absl::StatusCode::kResourceExhausted;
  return {is_limit ? Reason::kLimit : Reason::kMalformed,
          is_limit ? std::string(status.message())
                   : absl::StrCat("it cannot be read: ", base::Printable(status.message()))};
}

std::optional<Failure> CheckVersion(const Metadata& metadata, int64_t wanted) {
  if (metadata.version == wanted) return std::nullopt;
  return Failure{Reason::kWrongVersion,
                 absl::StrCat("it is version ", metadata.version, ", not ", wanted)};
}

// Whether no file that the snapshot before it names is gone, or of a version before that.
std::optional<Failure> CheckNoRollback(const Snapshot& snapshot, const Snapshot& before) {
  for (const auto& [name, version] : before.versions) {
    const auto now = snapshot.versions.find(name);
    if (now == snapshot.versions.end()) {
      return Failure{Reason::kRollback,
                     absl::StrCat("it does not name ", base::Quoted(name), " any more")};
    }
    if (now->second < version) {
      return Failure{Reason::kRollback, absl::StrCat("it goes back from version ", version, " of ",
                                                     base::Quoted(name), " to ", now->second)};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Failure> CheckSigned(const Metadata& metadata, const Role& role,
                                   SignatureBudget& budget) {
  const std::optional<size_t> signers = CountSigners(metadata.signed_bytes, role, budget);
  if (!signers) {
    return Failure{Reason::kLimit,
                   absl::StrCat("with it there are more signatures to check than the ",
                                kMaxSignatureChecks, " that are checked for one update")};
  }
  if (*signers >= static_cast<uint64_t>(role.threshold)) return std::nullopt;
  return Failure{Reason::kTooFewSignatures,
                 absl::StrCat("it is signed by ", *signers, " of the keys that may sign it, and ",
                              role.threshold, " must have")};
}

std::optional<Failure> CheckNotExpired(const Metadata& metadata, absl::Time now) {
  if (now < metadata.expires) return std::nullopt;
  return Failure{
      Reason::kExpired,
      absl::StrCat("it expired at ",
                   absl::FormatTime(absl::RFC3339_sec, metadata.expires, absl::UTCTimeZone()))};
}

std::optional<Failure> CheckBytes(std::string_view bytes, const FileInfo& info) {
  if (info.length && bytes.size() != *info.length) {
    return Failure{Reason::kOtherBytes,
                   absl::StrCat("it has ", bytes.size(), " bytes, not ", *info.length)};
  }
  const crypto::Message message{std::string(bytes)};
  const auto has = [&](HashAlgorithm algorithm, const std::string& hash) {
    return hash.empty() || crypto::DigestOf(message, algorithm) == hash;
  };
  if (has(HashAlgorithm::kSha256, info.sha256) && has(HashAlgorithm::kSha512, info.sha512)) {
    return std::nullopt;
  }
  return Failure{Reason::kOtherBytes, "it has another hash than is signed"};
}

std::variant<Failure, Root> VerifyFirstRoot(std::string_view bytes, SignatureBudget& budget) {
  absl::StatusOr<Root> root = ParseRoot(bytes);
  if (!root.ok()) return FailureOf(root.status());
  if (auto failure = CheckSigned(*root, root->root, budget)) return *std::move(failure);
  return *std::move(root);
}

std::variant<Failure, Root> VerifyNextRoot(std::string_view bytes, const Root& before,
                                           SignatureBudget& budget) {
  absl::StatusOr<Root> root = ParseRoot(bytes);
  if (!root.ok()) return FailureOf(root.status());
  if (auto failure = CheckSigned(*root, before.root, budget)) {
    if (failure->reason == Reason::kTooFewSignatures) {
      failure->sentence = absl::StrCat("by the root before it, ", failure->sentence);
    }
    return *std::move(failure);
  }
  if (auto failure = CheckSigned(*root, root->root, budget)) return *std::move(failure);
  if (auto failure = CheckVersion(*root, before.version + 1)) return *std::move(failure);
  return *std::move(root);
}

std::variant<Failure, Timestamp> VerifyTimestamp(std::string_view bytes, const Root& root,
                                                 const Timestamp* before, SignatureBudget& budget) {
  absl::StatusOr<Timestamp> timestamp = ParseTimestamp(bytes);
  if (!timestamp.ok()) return FailureOf(timestamp.status());
  if (auto failure = CheckSigned(*timestamp, root.timestamp, budget)) return *std::move(failure);
  if (before == nullptr || timestamp->version == before->version) return *std::move(timestamp);
  if (timestamp->version < before->version) {
    return Failure{Reason::kRollback, absl::StrCat("it goes back from version ", before->version,
                                                   " to ", timestamp->version)};
  }
  if (timestamp->snapshot.version < before->snapshot.version) {
    return Failure{Reason::kRollback,
                   absl::StrCat("it goes back from version ", before->snapshot.version,
                                " of the snapshot to ", timestamp->snapshot.version)};
  }
  return *std::move(timestamp);
}

std::variant<Failure, Snapshot> VerifySnapshot(std::string_view bytes, const Root& root,
                                               const FileInfo& info, const Snapshot* before,
                                               absl::Time now, SignatureBudget& budget) {
  if (auto failure = CheckBytes(bytes, info)) return *std::move(failure);
  absl::StatusOr<Snapshot> snapshot = ParseSnapshot(bytes);
  if (!snapshot.ok()) return FailureOf(snapshot.status());
  if (auto failure = CheckSigned(*snapshot, root.snapshot, budget)) return *std::move(failure);
  if (auto failure = CheckVersion(*snapshot, info.version)) return *std::move(failure);
  if (before != nullptr) {
    if (auto failure = CheckNoRollback(*snapshot, *before)) return *std::move(failure);
  }
  if (auto failure = CheckNotExpired(*snapshot, now)) return *std::move(failure);
  return *std::move(snapshot);
}

std::variant<Failure, Targets> VerifyTargets(std::string_view bytes, const Root& root,
                                             const FileInfo& info, std::string_view target,
                                             absl::Time now, SignatureBudget& budget) {
  if (auto failure = CheckBytes(bytes, info)) return *std::move(failure);
  absl::StatusOr<Targets> targets = ParseTargets(bytes, target);
  if (!targets.ok()) return FailureOf(targets.status());
  if (auto failure = CheckSigned(*targets, root.targets, budget)) return *std::move(failure);
  if (auto failure = CheckVersion(*targets, info.version)) return *std::move(failure);
  if (auto failure = CheckNotExpired(*targets, now)) return *std::move(failure);
  return *std::move(targets);
}

}  // namespace countersign::tuf
