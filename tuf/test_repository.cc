#include "tuf/test_repository.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/hash_algorithm.h"
#include "crypto/message.h"
#include "tuf/canonical_json.h"
#include "tuf/key.h"

namespace countersign::tuf {
namespace {

using base::Json;
using crypto::HashAlgorithm;
using crypto::TestKey;
using crypto::TestKeyType;
using crypto::TestScheme;

constexpr absl::Duration kWeek = absl::Hours(7 * 24);
constexpr absl::Duration kYear = absl::Hours(365 * 24);

Json KeyObject(const TestKey& key, const Json& more) {
  Json object = more;
  switch (key.type()) {
    case TestKeyType::kEd25519:
      object["keytype"] = object["scheme"] = "ed25519";
      // The last 32 bytes of its SubjectPublicKeyInfo.
      object["keyval"]["public"] = absl::BytesToHexString(key.PublicDer().substr(12));
      break;
    case TestKeyType::kEcdsaP256:
      object["keytype"] = "ecdsa";
      object["scheme"] = "ecdsa-sha2-nistp256";
      object["keyval"]["public"] = key.PublicPem();
      break;
    default:
      object["keytype"] = "rsa";
      object["scheme"] = "rsassa-pss-sha256";
      object["keyval"]["public"] = key.PublicPem();
  }
  return object;
}

TestScheme SchemeOf(TestKeyType type) {
  if (type == TestKeyType::kEd25519) return TestScheme::kPureEd25519;
  return type == TestKeyType::kEcdsaP256 ? TestScheme::kDefault : TestScheme::kPssSha256;
}

std::string HashOf(std::string_view bytes, HashAlgorithm algorithm) {
  const crypto::Message message{std::string(bytes)};
  return absl::BytesToHexString(crypto::DigestOf(message, algorithm));
}

Json RoleObject(const TestRole& role) {
  Json ids = Json::array();
  for (const TestSigner& signer : role.signers) ids.push_back(signer.id());
  return {{"keyids", std::move(ids)}, {"threshold", role.threshold}};
}

bool IsAmong(const TestSigner& signer, const TestSigners& others) {
  return std::any_of(others.begin(), others.end(),
                     [&](const TestSigner& other) { return other.id() == signer.id(); });
}

void Apply(const TestRepository::Edit& edit, Json& contents) {
  if (edit) edit(contents);
}

std::string& FileOf(TrustedState& state, StateFile file) {
  switch (file) {
    case StateFile::kRoot:
      return state.root;
    case StateFile::kTimestamp:
      return state.timestamp;
    case StateFile::kSnapshot:
      return state.snapshot;
    case StateFile::kTargets:
      break;
  }
  return state.targets;
}

}  // namespace

TestSigner::TestSigner(TestKeyType type, const Json& more)
    : key_(TestKey::Generate(type)),
      object_(KeyObject(key_, more)),
      id_(KeyIdOf(object_).value()) {}

TestSigner TestSigner::With(const Json& more) const {
  TestSigner other = *this;
  other.object_ = KeyObject(key_, more);
  other.id_ = KeyIdOf(other.object_).value();
  return other;
}

Json TestSigner::Sign(const Json& contents) const {
  const std::string bytes = CanonicalJson(contents).value();
  return {{"keyid", id_}, {"sig", absl::BytesToHexString(key_.Sign(bytes, SchemeOf(key_.type())))}};
}

std::string SignMetadata(const Json& contents, const TestSigners& signers) {
  Json signatures = Json::array();
  for (const TestSigner& signer : signers) signatures.push_back(signer.Sign(contents));
  return Json({{"signed", contents}, {"signatures", std::move(signatures)}}).dump(1);
}

absl::Time TestNow() { return absl::FromCivil(absl::CivilDay(2026, 3, 1), absl::UTCTimeZone()); }

TestRepository::TestRepository() {
  const TestSigners three = {TestSigner(), TestSigner(), TestSigner()};
  const TestSigners online = {TestSigner()};
  root = targets = {three, 2};
  timestamp = snapshot = {online, 1};
  root_signers_before_ = three;
  PublishRoot();
  PublishAll();
}

Json TestRepository::Head(std::string_view type, int version, absl::Duration lasts) const {
  return {{"_type", type},
          {"spec_version", "1.0.31"},
          {"version", version},
          {"expires", absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now + lasts, absl::UTCTimeZone())},
          {"x-tuf-on-ci-expiry-period", 7}};
}

Json TestRepository::InfoOf(std::string_view bytes, int version) const {
  Json info = {{"version", version}};
  if (!names_lengths_and_hashes) return info;
  info["length"] = bytes.size();
  info["hashes"]["sha256"] = HashOf(bytes, HashAlgorithm::kSha256);
  info["hashes"]["sha512"] = HashOf(bytes, HashAlgorithm::kSha512);
  return info;
}

void TestRepository::PutMetadata(std::string_view name, int version, std::string bytes) {
  files[consistent_snapshot ? absl::StrCat(version, ".", name) : std::string(name)] =
      std::move(bytes);
}

void TestRepository::PublishRoot() {
  ++root_version_;
  Json contents = Head("root", root_version_, kYear);
  contents["consistent_snapshot"] = consistent_snapshot;
  contents["roles"] = {{"root", RoleObject(root)},
                       {"timestamp", RoleObject(timestamp)},
                       {"snapshot", RoleObject(snapshot)},
                       {"targets", RoleObject(targets)}};
  for (const TestRole* role : {&root, &timestamp, &snapshot, &targets}) {
    for (const TestSigner& signer : role->signers) contents["keys"][signer.id()] = signer.object();
  }
  Apply(edit_root, contents);
  TestSigners signers = root.signers;
  for (const TestSigner& signer : root_signers_before_) {
    if (!IsAmong(signer, root.signers)) signers.push_back(signer);
  }
  files[absl::StrCat(root_version_, ".root.json")] = SignMetadata(contents, signers);
  root_signers_before_ = root.signers;
}

void TestRepository::PublishTargets() {
  ++targets_version_;
  Json contents = Head("targets", targets_version_, kWeek);
  const std::string sha256 = HashOf(target, HashAlgorithm::kSha256);
  contents["targets"] = {
      {"trusted_root.json", {{"length", target.size()}, {"hashes", {{"sha256", sha256}}}}},
      {"another.json", {{"length", 7}, {"hashes", {{"md5", "00"}}}, {"custom", {{"a", 1}}}}}};
  Apply(edit_targets, contents);
  targets_bytes_ = SignMetadata(contents, targets.signers);
  PutMetadata("targets.json", targets_version_, targets_bytes_);
  const std::string prefix = consistent_snapshot ? absl::StrCat(sha256, ".") : "";
  files[absl::StrCat("targets/", prefix, "trusted_root.json")] = target;
}

void TestRepository::PublishAll() {
  PublishTargets();
  PublishSnapshot();
  PublishTimestamp();
}

void TestRepository::PublishSnapshot() {
  ++snapshot_version_;
  Json contents = Head("snapshot", snapshot_version_, kWeek);
  contents["meta"] = {{"targets.json", InfoOf(targets_bytes_, targets_version_)}};
  Apply(edit_snapshot, contents);
  snapshot_bytes_ = SignMetadata(contents, snapshot.signers);
  PutMetadata("snapshot.json", snapshot_version_, snapshot_bytes_);
}

void TestRepository::PublishTimestamp() {
  ++timestamp_version_;
  Json contents = Head("timestamp", timestamp_version_, kWeek);
  contents["meta"] = {{"snapshot.json", InfoOf(snapshot_bytes_, snapshot_version_)}};
  Apply(edit_timestamp, contents);
  timestamp_bytes_ = SignMetadata(contents, timestamp.signers);
  files["timestamp.json"] = timestamp_bytes_;
}

std::string TestRepository::RootFile(int version) const {
  return files.at(absl::StrCat(version, ".root.json"));
}

TrustedState TestRepository::StateWithRoot(int version) const {
  return {.root = RootFile(version)};
}

TrustedState TestRepository::UpToDate() const {
  return {.root = RootFile(root_version_),
          .timestamp = timestamp_bytes_,
          .snapshot = snapshot_bytes_,
          .targets = targets_bytes_,
          .target = target};
}

Reason UpdateRun::reason() const {
  const auto* const failure = std::get_if<Failure>(&end);
  return failure == nullptr ? Reason::kUnspecified : failure->reason;
}

std::string UpdateRun::sentence() const {
  const auto* const failure = std::get_if<Failure>(&end);
  return failure == nullptr ? "" : failure->sentence;
}

UpdateRun RunUpdate(const std::map<std::string, std::string>& files, TrustedState& state,
                    absl::Time now, const TargetNames& names) {
  Update update(&state, now, names);
  UpdateRun run;
  Step step = update.Begin();
  while (true) {
    for (const Change& change : step.changes) FileOf(state, change.file) = change.bytes;
    const auto* const wanted = std::get_if<Wanted>(&step.next);
    if (wanted == nullptr) break;
    run.wanted.push_back(wanted->path);
    const auto file = files.find(wanted->path);
    step = file == files.end() ? update.TakeNone() : update.Take(file->second);
  }
  if (auto* done = std::get_if<Done>(&step.next)) {
    state.target = done->target;
    run.end = std::move(*done);
  } else {
    run.end = std::get<Failure>(std::move(step.next));
  }
  return run;
}

}  // namespace countersign::tuf
