#include "tuf/metadata.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/large_text_turn.h"
#include "base/status_macros.h"
#include "tuf/hex.h"

namespace countersign::tuf {
namespace {

using base::JsonPlace;
using KeysById = std::map<std::string, std::optional<Key>>;

constexpr std::string_view kSnapshotName = "snapshot.json";
constexpr std::string_view kTargetsName = "targets.json";
constexpr size_t kSha256Bytes = 32;
constexpr size_t kSha512Bytes = 64;

absl::StatusOr<int64_t> ReadPositive(const JsonPlace& object, std::string_view name) {
  CS_ASSIGN_OR_RETURN(const JsonPlace place, object.Required(name));
  CS_ASSIGN_OR_RETURN(const int64_t value, place.Integer());
  if (value < 1 || value > kMaxVersion) return place.Error("must be from 1 to 2^53");
  return value;
}

absl::Status CheckKind(const JsonPlace& contents, std::string_view kind) {
  CS_ASSIGN_OR_RETURN(const std::string type, contents.RequiredString("_type"));
  if (type != kind) return contents.MemberError("_type", absl::StrCat("must be ", kind));
  CS_ASSIGN_OR_RETURN(const std::string version, contents.RequiredString("spec_version"));
  if (!absl::StartsWith(absl::StrCat(version, "."), "1.")) {
    return contents.MemberError("spec_version", "must be 1");
  }
  return absl::OkStatus();
}

// Reads the envelope and what all kinds have in common, gives that to `metadata`, and what is signed
// to `read`.
template <typename Kind>
absl::StatusOr<Kind> Parse(std::string_view text, size_t max_bytes, std::string_view kind,
                           absl::Status (*read)(const JsonPlace&, std::string_view, Kind&),
                           std::string_view argument = "") {
  const base::LargeTextTurn turn(text.size());
  CS_ASSIGN_OR_RETURN(Envelope envelope, ParseEnvelope(text, max_bytes));
  CS_ASSIGN_OR_RETURN(const JsonPlace contents,
                      JsonPlace(envelope.document).RequiredObject("signed"));
  CS_RETURN_IF_ERROR(CheckKind(contents, kind));
  Kind metadata;
  metadata.signed_bytes = std::move(envelope.signed_bytes);
  CS_ASSIGN_OR_RETURN(metadata.version, ReadPositive(contents, "version"));
  CS_ASSIGN_OR_RETURN(const JsonPlace expires, contents.Required("expires"));
  CS_ASSIGN_OR_RETURN(metadata.expires, expires.ProtoTimestamp());
  CS_RETURN_IF_ERROR(read(contents, argument, metadata));
  return metadata;
}

absl::StatusOr<KeysById> ReadKeys(const JsonPlace& contents) {
  CS_ASSIGN_OR_RETURN(const JsonPlace place, contents.RequiredObject("keys"));
  if (place.json().size() > kMaxKeys) {
    return absl::ResourceExhaustedError(absl::StrCat("it has more than ", kMaxKeys, " keys"));
  }
  CS_ASSIGN_OR_RETURN(const auto members, place.Members());
  KeysById keys;
  for (const auto& [id, member] : members) {
    CS_ASSIGN_OR_RETURN(keys[id], ReadKey(id, member));
  }
  return keys;
}

absl::StatusOr<Role> ReadRole(const JsonPlace& roles, std::string_view name, const KeysById& keys) {
  CS_ASSIGN_OR_RETURN(const JsonPlace place, roles.RequiredObject(name));
  Role role;
  CS_ASSIGN_OR_RETURN(role.threshold, ReadPositive(place, "threshold"));
  CS_ASSIGN_OR_RETURN(const JsonPlace list, place.Required("keyids"));
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> ids, list.Elements());
  for (const JsonPlace& id_place : ids) {
    CS_ASSIGN_OR_RETURN(std::string id, id_place.String());
    const auto key = keys.find(id);
    const bool is_new = role.key_ids.insert(std::move(id)).second;
    if (is_new && key != keys.end() && key->second) role.keys.push_back(*key->second);
  }
  return role;
}

absl::Status ReadRoot(const JsonPlace& contents, std::string_view, Root& root) {
  CS_ASSIGN_OR_RETURN(root.consistent_snapshot, contents.OptionalBool("consistent_snapshot"));
  CS_ASSIGN_OR_RETURN(const KeysById keys, ReadKeys(contents));
  CS_ASSIGN_OR_RETURN(const JsonPlace roles, contents.RequiredObject("roles"));
  CS_ASSIGN_OR_RETURN(root.root, ReadRole(roles, "root", keys));
  CS_ASSIGN_OR_RETURN(root.timestamp, ReadRole(roles, "timestamp", keys));
  CS_ASSIGN_OR_RETURN(root.snapshot, ReadRole(roles, "snapshot", keys));
  CS_ASSIGN_OR_RETURN(root.targets, ReadRole(roles, "targets", keys));
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadHash(const JsonPlace& hashes, std::string_view name, size_t size) {
  CS_ASSIGN_OR_RETURN(const std::string text, hashes.OptionalString(name));
  std::optional<std::string> bytes = DecodeHex(text);
  if (!bytes || (bytes->size() != size && !bytes->empty())) {
    return hashes.MemberError(name, absl::StrCat("must be ", 2 * size, " hex digits"));
  }
  return *std::move(bytes);
}

absl::Status ReadLengthAndHashes(const JsonPlace& place, FileInfo& info) {
  CS_ASSIGN_OR_RETURN(const auto length_place, place.Optional("length"));
  if (length_place) {
    CS_ASSIGN_OR_RETURN(const int64_t length, length_place->Integer());
    if (length < 0) return length_place->Error("must not be negative");
    info.length = static_cast<size_t>(length);
  }
  CS_ASSIGN_OR_RETURN(const auto hashes, place.OptionalObject("hashes"));
  if (!hashes) return absl::OkStatus();
  CS_ASSIGN_OR_RETURN(info.sha256, ReadHash(*hashes, "sha256", kSha256Bytes));
  CS_ASSIGN_OR_RETURN(info.sha512, ReadHash(*hashes, "sha512", kSha512Bytes));
  if (info.sha256.empty() && info.sha512.empty()) {
    return hashes->Error("must hold a SHA-256 or SHA-512");
  }
  return absl::OkStatus();
}

absl::StatusOr<FileInfo> ReadMetaFile(const JsonPlace& meta, std::string_view name) {
  CS_ASSIGN_OR_RETURN(const JsonPlace place, meta.RequiredObject(name));
  FileInfo info;
  CS_ASSIGN_OR_RETURN(info.version, ReadPositive(place, "version"));
  CS_RETURN_IF_ERROR(ReadLengthAndHashes(place, info));
  return info;
}

absl::Status ReadTimestamp(const JsonPlace& contents, std::string_view, Timestamp& timestamp) {
  CS_ASSIGN_OR_RETURN(const JsonPlace meta, contents.RequiredObject("meta"));
  CS_ASSIGN_OR_RETURN(timestamp.snapshot, ReadMetaFile(meta, kSnapshotName));
  return absl::OkStatus();
}

absl::Status ReadSnapshot(const JsonPlace& contents, std::string_view, Snapshot& snapshot) {
  CS_ASSIGN_OR_RETURN(const JsonPlace meta, contents.RequiredObject("meta"));
  CS_ASSIGN_OR_RETURN(snapshot.targets, ReadMetaFile(meta, kTargetsName));
  CS_ASSIGN_OR_RETURN(const auto members, meta.Members());
  for (const auto& [name, place] : members) {
    CS_ASSIGN_OR_RETURN(snapshot.versions[name], ReadPositive(place, "version"));
  }
  return absl::OkStatus();
}

absl::Status ReadTargets(const JsonPlace& contents, std::string_view target, Targets& targets) {
  CS_ASSIGN_OR_RETURN(const JsonPlace list, contents.RequiredObject("targets"));
  CS_ASSIGN_OR_RETURN(const auto delegations, contents.OptionalObject("delegations"));
  targets.has_delegations = delegations.has_value();
  CS_ASSIGN_OR_RETURN(const auto place, list.OptionalObject(target));
  if (!place) return absl::OkStatus();
  FileInfo info;
  CS_RETURN_IF_ERROR(ReadLengthAndHashes(*place, info));
  if (!info.length) return place->MemberError("length", "must be given");
  if (info.sha256.empty() && info.sha512.empty()) {
    return place->MemberError("hashes", "must be given");
  }
  targets.target = std::move(info);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Root> ParseRoot(std::string_view text) {
  return Parse<Root>(text, kMaxRootBytes, "root", &ReadRoot);
}

absl::StatusOr<Timestamp> ParseTimestamp(std::string_view text) {
  return Parse<Timestamp>(text, kMaxTimestampBytes, "timestamp", &ReadTimestamp);
}

absl::StatusOr<Snapshot> ParseSnapshot(std::string_view text) {
  return Parse<Snapshot>(text, kMaxSnapshotBytes, "snapshot", &ReadSnapshot);
}

absl::StatusOr<Targets> ParseTargets(std::string_view text, std::string_view target) {
  return Parse<Targets>(text, kMaxTargetsBytes, "targets", &ReadTargets, target);
}

}  // namespace countersign::tuf
