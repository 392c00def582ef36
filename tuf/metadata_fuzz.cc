// The corpus is made by hand, with keys and signatures of Python's cryptography.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "base/json.h"
#include "tuf/canonical_json.h"
#include "tuf/metadata.h"
#include "tuf/signatures.h"

namespace countersign::tuf {
namespace {

constexpr std::string_view kTarget = "trusted_root.json";

void Require(bool condition) {
  if (!condition) std::abort();
}

void CheckRole(const SignedBytes& signed_bytes, const Role& role) {
  Require(role.threshold >= 1);
  Require(role.keys.size() <= role.key_ids.size());
  for (const Key& key : role.keys) Require(role.key_ids.contains(key.id));
  SignatureBudget budget;
  const auto signers = CountSigners(signed_bytes, role, budget);
  Require(signers && *signers <= role.keys.size());
  Require(budget.left() + signed_bytes.signatures.size() >= kMaxSignatureChecks);
}

// What is common: all of what is signed is in the signed bytes, and nobody signs twice.
void CheckMetadata(const Metadata& metadata, const base::Json& document) {
  Require(metadata.version >= 1 && metadata.version <= kMaxVersion);
  Require(CanonicalJson(document["signed"]).value() == metadata.signed_bytes.bytes);
  std::set<std::string> signers;
  for (const Signature& signature : metadata.signed_bytes.signatures) {
    Require(!signature.bytes.empty() && signers.insert(signature.key_id).second);
  }
}

void CheckInfo(const FileInfo& info) {
  Require(info.sha256.empty() || info.sha256.size() == 32);
  Require(info.sha512.empty() || info.sha512.size() == 64);
}

}  // namespace

// Invariant: what is read as metadata of one kind is none of another.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto root = ParseRoot(text);
  const auto timestamp = ParseTimestamp(text);
  const auto snapshot = ParseSnapshot(text);
  const auto targets = ParseTargets(text, kTarget);
  const int kinds = root.ok() + timestamp.ok() + snapshot.ok() + targets.ok();
  Require(kinds <= 1);
  if (kinds == 0) return 0;

  const base::Json document = base::ParseJson(text, {.max_bytes = kMaxTargetsBytes}).value();
  if (root.ok()) {
    CheckMetadata(*root, document);
    for (const Role* role : {&root->root, &root->timestamp, &root->snapshot, &root->targets}) {
      CheckRole(root->signed_bytes, *role);
    }
  } else if (timestamp.ok()) {
    CheckMetadata(*timestamp, document);
    CheckInfo(timestamp->snapshot);
  } else if (snapshot.ok()) {
    CheckMetadata(*snapshot, document);
    CheckInfo(snapshot->targets);
    Require(snapshot->versions.at("targets.json") == snapshot->targets.version);
  } else {
    CheckMetadata(*targets, document);
    if (targets->target) CheckInfo(*targets->target);
    Require(!targets->target || targets->target->length.has_value());
  }
  return 0;
}

}  // namespace countersign::tuf
