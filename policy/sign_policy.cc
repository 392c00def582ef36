#include "policy/sign_policy.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/dns_name.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "crypto/public_key.h"
#include "policy/policy_identity.h"
#include "policy/step_budget.h"

namespace countersign::policy {
namespace {

using base::Json;
using base::JsonPointer;
using base::Quoted;

constexpr std::string_view kVerificationPath = "/spec/verification";

absl::StatusOr<const Json*> RequiredObject(const Json& object, std::string_view name,
                                           std::string_view path) {
  CS_ASSIGN_OR_RETURN(const Json* const member, base::ObjectMember(object, name, path));
  if (member == nullptr) {
    return base::MemberError(JsonPointer(path, name), "is missing");
  }
  return member;
}

}  // namespace

// Fills a policy from its object, and keeps its problems.
class ImagePolicy::Reader {
 public:
  void Read(const Json& object);
  const std::vector<Problem>& problems() const { return policy_.problems_; }
  // The policy, or the first fault of the object as a whole.
  absl::StatusOr<ImagePolicy> Take() &&;

 private:
  struct RuleKeys {
    std::vector<size_t> known;
    std::vector<std::string> unknown;
  };

  void ReadKey(const Json& object, const std::string& path);
  absl::StatusOr<cosign::SignerPtr> ReadSigner(const Json& object, const std::string& path);
  void ReadRule(const Json& object, const std::string& path);
  absl::StatusOr<NamePattern> ReadPattern(const Json& object, const std::string& path);
  RuleKeys ReadRuleKeys(const Json& object, const std::string& path);
  std::optional<SecretReference> ReadSecret(const Json& object, const std::string& path);
  absl::Status ReadExclusions(const Json& verification);
  void ReadNamespace(const Json& name, const std::string& path);

  // The member, which must be a string that is not empty; else adds a problem and returns its
  // message.
  absl::StatusOr<std::string> ReadText(const Json& object, std::string_view name,
                                       const std::string& path);
  // A problem that leaves no policy. OK is none.
  void AddFault(const absl::Status& fault);
  // The member; null if there is none, or a fault, which is added.
  const Json* OrFault(const absl::StatusOr<const Json*>& member);
  void AddProblem(std::string path, std::string_view message) {
    policy_.problems_.push_back({std::move(path), std::string(message)});
  }

  ImagePolicy policy_;
  absl::Status first_fault_;
  StepBudget steps_{kPatternSteps};
  // The first key of each name.
  absl::flat_hash_map<std::string, size_t> key_by_name_;
};

void ImagePolicy::Reader::Read(const Json& object) {
  if (!object.is_object()) return AddFault(base::MemberError("", "must be an object"));
  for (const absl::Status& fault : FindIdentityFaults(object)) AddFault(fault);
  const Json* const spec = OrFault(RequiredObject(object, "spec", ""));
  if (spec == nullptr) return;
  const Json* const verification = OrFault(RequiredObject(*spec, "verification", "/spec"));
  if (verification == nullptr) return;
  const Json* const keys = OrFault(base::ArrayMember(*verification, "keys", kVerificationPath));
  const Json* const images = OrFault(base::ArrayMember(*verification, "images", kVerificationPath));
  // Keys first: rules name them.
  for (size_t i = 0; keys != nullptr && i < keys->size(); ++i) {
    ReadKey((*keys)[i], JsonPointer(JsonPointer(kVerificationPath, "keys"), i));
  }
  for (size_t i = 0; images != nullptr && i < images->size(); ++i) {
    ReadRule((*images)[i], JsonPointer(JsonPointer(kVerificationPath, "images"), i));
  }
  AddFault(ReadExclusions(*verification));
}

void ImagePolicy::Reader::AddFault(const absl::Status& fault) {
  if (fault.ok()) return;
  const base::JsonFault parts = base::FaultOf(fault).value_or(base::JsonFault{});
  AddProblem(parts.pointer, parts.reason);
  if (first_fault_.ok()) first_fault_ = fault;
}

const Json* ImagePolicy::Reader::OrFault(const absl::StatusOr<const Json*>& member) {
  AddFault(member.status());
  return member.ok() ? *member : nullptr;
}

void ImagePolicy::Reader::ReadKey(const Json& object, const std::string& path) {
  if (!object.is_object()) return AddProblem(path, "must be an object with name and publicKey");
  const absl::StatusOr<std::string> name = ReadText(object, "name", path);
  absl::StatusOr<cosign::SignerPtr> signer = ReadSigner(object, path);
  if (!name.ok()) {
    policy_.keys_.push_back({"", absl::InvalidArgumentError("it has no name")});
    return;
  }
  const auto [first, is_new] = key_by_name_.try_emplace(*name, policy_.keys_.size());
  if (!is_new) {
    // Which of them a rule means is unknown, so it is neither.
    signer = absl::InvalidArgumentError("more than one key of the policy has this name");
    policy_.keys_[first->second].signer = signer;
    AddProblem(JsonPointer(path, "name"),
               absl::StrCat("another key is named ", Quoted(*name), " too: neither can be used"));
  }
  policy_.keys_.push_back({*name, std::move(signer)});
}

absl::StatusOr<cosign::SignerPtr> ImagePolicy::Reader::ReadSigner(const Json& object,
                                                                  const std::string& path) {
  CS_ASSIGN_OR_RETURN(const std::string pem, ReadText(object, "publicKey", path));
  const absl::StatusOr<crypto::PublicKey> key = crypto::PublicKey::FromPem(pem);
  if (key.ok()) return cosign::KeySigner(*key);
  const std::string fault = base::Printable(key.status().message());
  AddProblem(JsonPointer(path, "publicKey"), fault);
  return absl::InvalidArgumentError(fault);
}

void ImagePolicy::Reader::ReadRule(const Json& object, const std::string& path) {
  if (!object.is_object()) {
    const std::string_view message = "must be an object with namePattern and keys";
    policy_.broken_patterns_.push_back(absl::StrCat(path, ": ", message));
    return AddProblem(path, message);
  }
  absl::StatusOr<NamePattern> pattern = ReadPattern(object, path);
  RuleKeys keys = ReadRuleKeys(object, path);
  std::optional<SecretReference> secret = ReadSecret(object, path);
  if (!pattern.ok()) {
    policy_.broken_patterns_.push_back(
        absl::StrCat(JsonPointer(path, "namePattern"), ": ", pattern.status().message()));
    return;
  }
  policy_.index_.Add(*pattern, policy_.rules_.size());
  policy_.rules_.push_back(
      {*std::move(pattern), std::move(keys.known), std::move(keys.unknown), std::move(secret)});
}

absl::StatusOr<NamePattern> ImagePolicy::Reader::ReadPattern(const Json& object,
                                                             const std::string& path) {
  CS_ASSIGN_OR_RETURN(const std::string text, ReadText(object, "namePattern", path));
  absl::StatusOr<NamePattern> pattern = NamePattern::Parse(text, &steps_);
  if (pattern.ok()) {
    const absl::Status can_match = pattern->CheckCanMatch(&steps_);
    if (!can_match.ok()) pattern = can_match;
  }
  if (!pattern.ok()) {
    pattern = absl::InvalidArgumentError(
        absl::StrCat(Quoted(text), " cannot be used: ", pattern.status().message()));
    AddProblem(JsonPointer(path, "namePattern"), pattern.status().message());
  }
  return pattern;
}

ImagePolicy::Reader::RuleKeys ImagePolicy::Reader::ReadRuleKeys(const Json& object,
                                                                const std::string& path) {
  RuleKeys result;
  const std::string keys_path = JsonPointer(path, "keys");
  const Json* const keys = base::FindMember(object, "keys");
  if (keys == nullptr || !keys->is_array() || keys->empty()) {
    AddProblem(keys_path,
               "must be an array that names at least one key: images that match are denied");
    return result;
  }
  absl::flat_hash_set<std::string> unknown;
  for (size_t i = 0; i < keys->size(); ++i) {
    const std::string key_path = JsonPointer(keys_path, i);
    if (!(*keys)[i].is_object()) {
      AddProblem(key_path, "must be an object with name");
      continue;
    }
    const absl::StatusOr<std::string> name = ReadText((*keys)[i], "name", key_path);
    if (!name.ok()) continue;
    if (const auto key = key_by_name_.find(*name); key != key_by_name_.end()) {
      result.known.push_back(key->second);
    } else {
      AddProblem(JsonPointer(key_path, "name"),
                 absl::StrCat("the policy has no key named ", Quoted(*name)));
      if (unknown.insert(*name).second) result.unknown.push_back(*name);
    }
  }
  std::sort(result.known.begin(), result.known.end());
  result.known.erase(std::unique(result.known.begin(), result.known.end()), result.known.end());
  return result;
}

std::optional<SecretReference> ImagePolicy::Reader::ReadSecret(const Json& object,
                                                               const std::string& path) {
  const Json* const reference = base::FindMember(object, "secretRef");
  if (reference == nullptr) return std::nullopt;
  const std::string reference_path = JsonPointer(path, "secretRef");
  if (!reference->is_object()) {
    AddProblem(reference_path, "must be an object with name and namespace: it is ignored");
    return std::nullopt;
  }
  const absl::StatusOr<std::string> name = ReadText(*reference, "name", reference_path);
  const absl::StatusOr<std::string> secret_namespace =
      ReadText(*reference, "namespace", reference_path);
  if (!name.ok() || !secret_namespace.ok()) return std::nullopt;
  const bool can_exist = base::IsDnsSubdomain(*name) && base::IsDnsLabel(*secret_namespace);
  if (!can_exist) {
    AddProblem(reference_path, absl::StrCat("no Secret can be named ",
                                            Quoted(absl::StrCat(*secret_namespace, "/", *name)),
                                            ": it is ignored"));
    return std::nullopt;
  }
  return SecretReference{*secret_namespace, *name};
}

absl::Status ImagePolicy::Reader::ReadExclusions(const Json& verification) {
  CS_ASSIGN_OR_RETURN(const Json* const exclude,
                      base::ObjectMember(verification, "exclude", kVerificationPath));
  if (exclude == nullptr) return absl::OkStatus();
  const std::string exclude_path = JsonPointer(kVerificationPath, "exclude");
  CS_ASSIGN_OR_RETURN(const Json* const resources,
                      base::ObjectMember(*exclude, "resources", exclude_path));
  if (resources == nullptr) return absl::OkStatus();
  const std::string resources_path = JsonPointer(exclude_path, "resources");
  CS_ASSIGN_OR_RETURN(const Json* const namespaces,
                      base::ArrayMember(*resources, "namespaces", resources_path));
  for (size_t i = 0; namespaces != nullptr && i < namespaces->size(); ++i) {
    ReadNamespace((*namespaces)[i], JsonPointer(JsonPointer(resources_path, "namespaces"), i));
  }
  return absl::OkStatus();
}

void ImagePolicy::Reader::ReadNamespace(const Json& name, const std::string& path) {
  const auto* const text = name.get_ptr<const std::string*>();
  // The empty name would exclude workloads whose namespace is not known.
  if (text == nullptr || text->empty()) {
    return AddProblem(path, "must be a namespace's name: nothing is excluded by it");
  }
  if (!base::IsDnsLabel(*text)) {
    return AddProblem(path,
                      absl::StrCat("no namespace can be named ", Quoted(*text),
                                   ": nothing is excluded by it (a '*' has no meaning here)"));
  }
  policy_.excluded_namespaces_.insert(*text);
}

absl::StatusOr<std::string> ImagePolicy::Reader::ReadText(const Json& object, std::string_view name,
                                                          const std::string& path) {
  const Json* const member = base::FindMember(object, name);
  std::string_view fault;
  if (member == nullptr) {
    fault = "is missing";
  } else if (!member->is_string()) {
    fault = "must be a string";
  } else if (member->get_ref<const std::string&>().empty()) {
    fault = "is empty";
  } else {
    return member->get_ref<const std::string&>();
  }
  AddProblem(JsonPointer(path, name), fault);
  return absl::InvalidArgumentError(fault);
}

absl::StatusOr<ImagePolicy> ImagePolicy::Reader::Take() && {
  if (!first_fault_.ok()) return first_fault_;
  return std::move(policy_);
}

absl::StatusOr<ImagePolicy> ImagePolicy::FromObject(const base::Json& object,
                                                    std::vector<Problem>* all_problems) {
  Reader reader;
  reader.Read(object);
  if (all_problems != nullptr) *all_problems = reader.problems();
  return std::move(reader).Take();
}

std::vector<const Rule*> ImagePolicy::RulesFor(const oci::ImageReference& image) const {
  std::vector<const Rule*> matching;
  for (const size_t number : index_.MayMatch(image.repository())) {
    if (rules_[number].pattern.Matches(image)) matching.push_back(&rules_[number]);
  }
  return matching;
}

}  // namespace countersign::policy
