#include "policy/sigstore/check_authority.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/json_pointer.h"
#include "base/pem_block.h"
#include "base/printable.h"
#include "policy/sigstore/check_identity.h"
#include "policy/sigstore/check_rule.h"
#include "policy/sigstore/kms_reference.h"
#include "policy/sigstore/oci_place.h"

namespace countersign::policy {
namespace {

using base::JsonPointer;
using base::Quoted;

// One authority, and what is found in it.
class Checker {
 public:
  Checker(const AuthoritySpec& authority, const CheckSettings& settings, const std::string& pointer,
          std::vector<Finding>& findings)
      : authority_(authority), settings_(settings), pointer_(pointer), findings_(findings) {}

  void CheckKey(const KeyRef& key);
  void CheckKeyless(const KeylessRef& keyless);
  void CheckLog(const LogSpec& log);
  void CheckSource(const SourceSpec& source, const std::string& pointer);

 private:
  void Refuse(std::string pointer, std::string reason) {
    findings_.push_back({std::move(pointer), std::move(reason)});
  }
  void Warn(std::string pointer, std::string reason) {
    findings_.push_back({std::move(pointer), std::move(reason), /*refuses=*/false});
  }
  void CheckTime(const KeylessRef& keyless, const std::string& pointer);

  const AuthoritySpec& authority_;
  const CheckSettings& settings_;
  const std::string& pointer_;
  std::vector<Finding>& findings_;
};

bool HasAddress(const std::vector<std::string>& addresses, std::string_view url) {
  return absl::c_any_of(addresses, [&](std::string_view address) {
    return absl::StripSuffix(address, "/") == absl::StripSuffix(url, "/");
  });
}

void Checker::CheckKey(const KeyRef& key) {
  const std::string pointer = JsonPointer(pointer_, "key");
  const std::optional<std::string_view> first = base::FirstPemBlock(key.data);
  if (first.has_value()) {
    const std::string_view data = key.data;
    const size_t end = static_cast<size_t>(first->data() - data.data()) + first->size();
    if (data.find(base::kPemBegin, end) != std::string_view::npos) {
      Refuse(JsonPointer(pointer, "data"),
             "has more than one key, of which the Policy Controller ignores all but the first: "
             "write one authority for each");
    }
  }
  if (key.secret.has_value() && key.secret->name.empty()) {
    Refuse(JsonPointer(JsonPointer(pointer, "secretRef"), "name"), "must be given");
  }
  if (!key.kms.empty() && !settings_.has_every_kms_key && !settings_.kms_keys.contains(key.kms)) {
    Refuse(JsonPointer(pointer, "kms"), KmsAdvice(key.kms));
  }
}

void Checker::CheckKeyless(const KeylessRef& keyless) {
  const std::string pointer = JsonPointer(pointer_, "keyless");
  if (keyless.ca_cert.has_value()) {
    Warn(JsonPointer(pointer, "ca-cert"),
         "keyless.ca-cert never verifies anything: put the certificate into a TrustRoot");
  }
  if (keyless.url.has_value() && !keyless.has_default_url && keyless.trust_root.empty() &&
      !HasAddress(settings_.default_authorities, *keyless.url)) {
    Warn(JsonPointer(pointer, "url"),
         absl::StrCat("keyless.url ", Quoted(*keyless.url),
                      " belongs to no certificate authority of the default trust root, so the "
                      "authority cannot pass: set trustRootRef"));
  }
  const std::string identities = JsonPointer(pointer, "identities");
  for (size_t i = 0; i < keyless.identities.size(); ++i) {
    CheckIdentity(keyless.identities[i], JsonPointer(identities, i), findings_);
  }
  CheckTime(keyless, pointer);
}

// Without a trusted time every certificate that once was valid would be good for ever.
void Checker::CheckTime(const KeylessRef& keyless, const std::string& pointer) {
  const bool asks_for_time =
      (authority_.log.has_value() &&
       (authority_.log->url.has_value() || !authority_.log->trust_root.empty())) ||
      (authority_.timestamp.has_value() && !authority_.timestamp->trust_root.empty());
  const auto root = settings_.trust_roots.find(keyless.trust_root);
  if (keyless.trust_root.empty() || asks_for_time || root == settings_.trust_roots.end()) return;
  if (root->second.has_logs || root->second.has_timestamp_authorities) return;
  Refuse(JsonPointer(pointer, "trustRootRef"),
         absl::StrCat("the TrustRoot ", Quoted(keyless.trust_root),
                      " has neither logs nor timestamp authorities, so nothing says when anything "
                      "was signed: set ctlog or rfc3161timestamp with a trustRootRef that has"));
}

void Checker::CheckLog(const LogSpec& log) {
  if (!log.url.has_value() || log.url->empty() || !log.trust_root.empty()) return;
  if (HasAddress(settings_.default_logs, *log.url)) return;
  Warn(JsonPointer(JsonPointer(pointer_, "ctlog"), "url"),
       absl::StrCat("ctlog.url ", Quoted(*log.url),
                    " belongs to no log of the default trust root, so the authority cannot pass: "
                    "set trustRootRef"));
}

void Checker::CheckSource(const SourceSpec& source, const std::string& pointer) {
  if (source.oci.empty() || !IsRegistryAlone(source.oci)) return;
  Warn(JsonPointer(pointer, "oci"),
       absl::StrCat("means the image's own repository path on ", Quoted(source.oci),
                    " (in the Policy Controller: a repository of that name on Docker Hub)"));
}

}  // namespace

void CheckAuthority(const AuthoritySpec& authority, const CheckSettings& settings,
                    const std::string& pointer, size_t& translated,
                    std::vector<Finding>& findings) {
  Checker checker(authority, settings, pointer, findings);
  if (authority.key.has_value()) checker.CheckKey(*authority.key);
  if (authority.keyless.has_value()) checker.CheckKeyless(*authority.keyless);
  for (size_t i = 0; i < authority.sources.size(); ++i) {
    checker.CheckSource(authority.sources[i], JsonPointer(JsonPointer(pointer, "source"), i));
  }
  if (authority.log.has_value()) checker.CheckLog(*authority.log);
  const std::string attestations = JsonPointer(pointer, "attestations");
  for (size_t i = 0; i < authority.attestations.size(); ++i) {
    const AttestationSpec& attestation = authority.attestations[i];
    if (!attestation.rule.has_value()) continue;
    CheckAttestationRule(*attestation.rule, authority.name, attestation.name,
                         JsonPointer(JsonPointer(attestations, i), "policy"), translated, findings);
  }
  const std::string& format = authority.signature_format;
  if (!format.empty() && format != "legacy" && format != "bundle") {
    findings.push_back({JsonPointer(pointer, "signatureFormat"),
                        absl::StrCat(Quoted(format),
                                     " is neither legacy nor bundle (the Policy "
                                     "Controller takes it for legacy)")});
  }
}

}  // namespace countersign::policy
