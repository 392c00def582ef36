#include "policy/sign_policy.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/dns_name.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "crypto/public_key.h"
#include "policy/object_reader.h"
#include "policy/policy_identity.h"

namespace countersign::policy {
namespace {

using base::JsonPlace;
using base::JsonPointer;
using base::Quoted;

using Asks = decltype(Authority::asks);

// Reads one object, and keeps its problems.
class Reader {
 public:
  explicit Reader(StepBudget& steps) : steps_(steps) {}

  SignPolicy Read(const base::Json& object) &&;

 private:
  void ReadObject(const JsonPlace& object);
  void ReadVerification(const JsonPlace& verification);
  void ReadKey(const JsonPlace& key);
  Asks ReadSigner(const JsonPlace& key);
  void ReadImage(const JsonPlace& image);
  absl::StatusOr<NamePattern> ReadPattern(const JsonPlace& image);
  std::vector<AuthorityPtr> ReadKeyNames(const JsonPlace& image);
  AuthorityPtr FindKey(const std::string& name);
  std::optional<SecretReference> ReadSecret(const JsonPlace& image);
  absl::Status ReadExclusions(const JsonPlace& verification);
  void ReadNamespace(const JsonPlace& name);

  ObjectReader reader_;
  SignPolicy policy_;
  StepBudget& steps_;
  // The keys until all are read; the first of each name.
  std::vector<Authority> keys_;
  absl::flat_hash_map<std::string, size_t> key_by_name_;
  absl::flat_hash_map<std::string, AuthorityPtr> unknown_;
};

SignPolicy Reader::Read(const base::Json& json) && {
  policy_.group.language = Language::kSign;
  if (json.is_object()) {
    ReadObject(JsonPlace(json));
  } else {
    reader_.AddFault(Problem{"", "must be an object"});
  }
  policy_.problems = reader_.problems();
  policy_.fault = reader_.fault();
  policy_.group.problems = policy_.problems.size();
  return std::move(policy_);
}

void Reader::ReadObject(const JsonPlace& object) {
  for (Problem& fault : FindIdentityFaults(object)) reader_.AddFault(std::move(fault));
  const std::optional<JsonPlace> spec = reader_.Needed(object, "spec");
  if (!spec.has_value()) return;
  const std::optional<JsonPlace> verification = reader_.Needed(*spec, "verification");
  if (verification.has_value()) ReadVerification(*verification);
}

void Reader::ReadVerification(const JsonPlace& verification) {
  const absl::StatusOr<std::optional<JsonPlace>> keys = verification.Optional("keys");
  const absl::StatusOr<std::optional<JsonPlace>> images = verification.Optional("images");
  if (!keys.ok() || !images.ok()) return reader_.AddFault(keys.status());  // it is no object
  // Keys first: patterns name them.
  if (keys->has_value()) {
    for (const JsonPlace& key : reader_.Elements(**keys)) ReadKey(key);
  }
  for (Authority& key : keys_) {
    policy_.group.authorities.push_back(std::make_shared<const Authority>(std::move(key)));
  }
  if (images->has_value()) {
    for (const JsonPlace& image : reader_.Elements(**images)) ReadImage(image);
  }
  reader_.AddFault(ReadExclusions(verification));
}

void Reader::ReadKey(const JsonPlace& key) {
  if (!key.json().is_object()) {
    const std::string why = "must be an object with name and publicKey";
    keys_.push_back({.asks = Broken{why}, .index = keys_.size()});
    return reader_.AddProblem(key.pointer(), why);
  }
  const absl::StatusOr<std::string> name = reader_.Text(key, "name");
  Asks asks = ReadSigner(key);
  const size_t index = keys_.size();
  if (!name.ok()) {
    keys_.push_back({.asks = Broken{"it has no name"}, .index = index});
    return;
  }
  const auto [first, is_new] = key_by_name_.try_emplace(*name, index);
  if (!is_new) {
    // Which of them a pattern means is unknown, so it is neither.
    asks = Broken{"more than one key of the policy has this name"};
    keys_[first->second].asks = asks;
    reader_.AddProblem(
        JsonPointer(key.pointer(), "name"),
        absl::StrCat("another key is named ", Quoted(*name), " too: neither can be used"));
  }
  keys_.push_back({.name = *name, .asks = std::move(asks), .index = index});
}

Asks Reader::ReadSigner(const JsonPlace& key) {
  const absl::StatusOr<std::string> pem = reader_.Text(key, "publicKey");
  if (!pem.ok()) return Broken{std::string(pem.status().message())};
  const absl::StatusOr<crypto::PublicKey> read = crypto::PublicKey::FromPem(*pem);
  if (read.ok()) return cosign::KeySigner(*read);
  std::string why = base::Printable(read.status().message());
  reader_.AddProblem(JsonPointer(key.pointer(), "publicKey"), why);
  return Broken{std::move(why)};
}

void Reader::ReadImage(const JsonPlace& image) {
  if (!image.json().is_object()) {
    const std::string_view reason = "must be an object with namePattern and keys";
    policy_.group.broken_patterns.push_back(absl::StrCat(image.pointer(), ": ", reason));
    return reader_.AddProblem(image.pointer(), reason);
  }
  absl::StatusOr<NamePattern> pattern = ReadPattern(image);
  std::vector<AuthorityPtr> authorities = ReadKeyNames(image);
  std::optional<SecretReference> secret = ReadSecret(image);
  if (!pattern.ok()) {
    policy_.group.broken_patterns.push_back(absl::StrCat(
        JsonPointer(image.pointer(), "namePattern"), ": ", pattern.status().message()));
    return;
  }
  policy_.policies.push_back({.language = Language::kSign,
                              .name = pattern->text(),
                              .images = *std::move(pattern),
                              .authorities = std::move(authorities),
                              .secret = std::move(secret)});
}

absl::StatusOr<NamePattern> Reader::ReadPattern(const JsonPlace& image) {
  CS_ASSIGN_OR_RETURN(const std::string text, reader_.Text(image, "namePattern"));
  absl::StatusOr<NamePattern> pattern = NamePattern::Parse(text, &steps_);
  if (pattern.ok()) {
    const absl::Status can_match = pattern->CheckCanMatch(&steps_);
    if (!can_match.ok()) pattern = can_match;
  }
  if (pattern.ok()) return pattern;
  const std::string why =
      absl::StrCat(Quoted(text), " cannot be used: ", pattern.status().message());
  reader_.AddProblem(JsonPointer(image.pointer(), "namePattern"), why);
  return absl::InvalidArgumentError(why);
}

std::vector<AuthorityPtr> Reader::ReadKeyNames(const JsonPlace& image) {
  const std::string pointer = JsonPointer(image.pointer(), "keys");
  const absl::StatusOr<std::optional<JsonPlace>> member = image.Optional("keys");
  std::vector<JsonPlace> names;
  if (member.ok() && member->has_value()) {
    names = (*member)->Elements().value_or(std::vector<JsonPlace>());
  }
  if (names.empty()) {
    reader_.AddProblem(
        pointer, "must be an array that names at least one key: images that match are denied");
    return {};
  }
  std::vector<AuthorityPtr> authorities;
  absl::flat_hash_set<const Authority*> seen;
  for (const JsonPlace& element : names) {
    if (!element.json().is_object()) {
      reader_.AddProblem(element.pointer(), "must be an object with name");
      continue;
    }
    const absl::StatusOr<std::string> name = reader_.Text(element, "name");
    if (!name.ok()) continue;
    AuthorityPtr authority = FindKey(*name);
    if (authority->index == policy_.group.authorities.size()) {
      reader_.AddProblem(JsonPointer(element.pointer(), "name"),
                         absl::StrCat("the policy has no key named ", Quoted(*name)));
    }
    if (seen.insert(authority.get()).second) authorities.push_back(std::move(authority));
  }
  absl::c_stable_sort(authorities, [](const AuthorityPtr& a, const AuthorityPtr& b) {
    return a->index < b->index;
  });
  return authorities;
}

// A key that the policy does not have is broken, and has an index after all others.
AuthorityPtr Reader::FindKey(const std::string& name) {
  const std::vector<AuthorityPtr>& keys = policy_.group.authorities;
  if (const auto key = key_by_name_.find(name); key != key_by_name_.end()) return keys[key->second];
  AuthorityPtr& unknown = unknown_[name];
  if (unknown == nullptr) {
    unknown = std::make_shared<const Authority>(Authority{
        .name = name, .asks = Broken{"the policy has no key of this name"}, .index = keys.size()});
  }
  return unknown;
}

std::optional<SecretReference> Reader::ReadSecret(const JsonPlace& image) {
  const std::optional<JsonPlace> reference = image.Optional("secretRef").value_or(std::nullopt);
  if (!reference.has_value()) return std::nullopt;
  if (!reference->json().is_object()) {
    reader_.AddProblem(reference->pointer(),
                       "must be an object with name and namespace: it is ignored");
    return std::nullopt;
  }
  const absl::StatusOr<std::string> name = reader_.Text(*reference, "name");
  const absl::StatusOr<std::string> secret_namespace = reader_.Text(*reference, "namespace");
  if (!name.ok() || !secret_namespace.ok()) return std::nullopt;
  if (!base::IsDnsSubdomain(*name) || !base::IsDnsLabel(*secret_namespace)) {
    reader_.AddProblem(
        reference->pointer(),
        absl::StrCat("no Secret can be named ", Quoted(absl::StrCat(*secret_namespace, "/", *name)),
                     ": it is ignored"));
    return std::nullopt;
  }
  return SecretReference{*secret_namespace, *name};
}

absl::Status Reader::ReadExclusions(const JsonPlace& verification) {
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> exclude, verification.Optional("exclude"));
  if (!exclude.has_value()) return absl::OkStatus();
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> resources, exclude->Optional("resources"));
  if (!resources.has_value()) return absl::OkStatus();
  CS_ASSIGN_OR_RETURN(const std::optional<JsonPlace> names, resources->Optional("namespaces"));
  if (!names.has_value()) return absl::OkStatus();
  CS_ASSIGN_OR_RETURN(const std::vector<JsonPlace> elements, names->Elements());
  for (const JsonPlace& name : elements) ReadNamespace(name);
  return absl::OkStatus();
}

void Reader::ReadNamespace(const JsonPlace& name) {
  const std::string text = name.String().value_or("");
  // The empty name would exclude workloads whose namespace is not known.
  if (text.empty()) {
    return reader_.AddProblem(name.pointer(),
                              "must be a namespace's name: nothing is excluded by it");
  }
  if (!base::IsDnsLabel(text)) {
    return reader_.AddProblem(
        name.pointer(), absl::StrCat("no namespace can be named ", Quoted(text),
                                     ": nothing is excluded by it (a '*' has no meaning here)"));
  }
  policy_.group.excluded_namespaces.insert(text);
}

}  // namespace

SignPolicy ReadSignPolicy(const base::Json& object, StepBudget& steps) {
  return Reader(steps).Read(object);
}

}  // namespace countersign::policy
