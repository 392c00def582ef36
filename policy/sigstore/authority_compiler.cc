#include "policy/sigstore/authority_compiler.h"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "cosign/predicate_name.h"
#include "cosign/signer.h"
#include "crypto/public_key.h"
#include "policy/key_hash.h"
#include "policy/oci_source.h"
#include "policy/sigstore/kms_reference.h"
#include "policy/sigstore/program_shares.h"
#include "policy/sigstore/witness_rules.h"
#include "policy/stipulations.h"

namespace countersign::policy {
namespace {

// Of one authority: each may have two expressions, which take memory as long as the policy is in force.
constexpr size_t kMaxIdentities = 256;

// Why something cannot be used, where in the authority.
struct Fault {
  std::string pointer;
  std::string why;
  bool is_unread_key = false;
};

class Compiler {
 public:
  Compiler(const AuthoritySpec& spec, size_t index, const SigstoreInputs& inputs,
           const PolicyOptions& options, cosign::Regexps& regexps)
      : spec_(spec),
        pointer_(absl::StrCat("/spec/authorities/", index)),
        inputs_(inputs),
        options_(options),
        regexps_(regexps) {}

  // What it asks; the first fault makes it broken.
  std::variant<Broken, StaticAnswer, cosign::SignerPtr> Asks() {
    const int kinds = spec_.key.has_value() + spec_.keyless.has_value() + spec_.fixed.has_value();
    if (kinds != 1) {
      return Fail("", kinds == 0 ? "must have one of key, keyless and static"
                                 : "must have only one of key, keyless and static");
    }
    if (spec_.broken.has_value()) {
      return Broken{std::string(spec_.broken->reason)};  // told with what cannot be read
    }
    if (!spec_.signature_format.empty() && spec_.signature_format != "bundle" &&
        spec_.signature_format != "legacy") {
      return Fail("/signatureFormat", "must be bundle or legacy");
    }
    if (spec_.fixed.has_value()) return Static(*spec_.fixed);
    return Signer();
  }

  std::vector<WantedAttestation> Attestations() {
    std::vector<WantedAttestation> wanted;
    for (size_t i = 0; i < spec_.attestations.size(); ++i) {
      const AttestationSpec& attestation = spec_.attestations[i];
      const std::string at = absl::StrCat("/attestations/", i);
      if (attestation.rule.has_value()) {
        Fail(at + "/policy",
             "rules in CUE and Rego are not evaluated, so nothing satisfies this: say the same by "
             "conditions in PolicyOptions (policy.countersign.dev), and leave it out");
      }
      if (attestation.predicate_type.empty()) Fail(at + "/predicateType", "must be given");
      const std::string_view named = cosign::PredicateTypeNamed(attestation.predicate_type);
      wanted.push_back(
          {.name = attestation.name,
           .predicate_type = named.empty() ? attestation.predicate_type : std::string(named),
           .accepts = StipulationsFor(attestation.name),
           .written_type = attestation.predicate_type});
    }
    return wanted;
  }

  EvidenceSourcePtr Source(std::vector<std::string>& pull_secrets) {
    if (spec_.sources.empty()) return nullptr;
    if (spec_.sources.size() > 1) {
      Fail("/source", "only one source is supported");
      return nullptr;
    }
    const SourceSpec& source = spec_.sources[0];
    for (const PullSecretSpec& secret : source.pull_secrets) pull_secrets.push_back(secret.name);
    EvidenceSource made;
    if (!source.oci.empty()) {
      absl::StatusOr<EvidenceSource> parsed = ParseOciSource(source.oci);
      if (!parsed.ok()) {
        Fail("/source/0/oci", parsed.status().message());
        return nullptr;
      }
      made = *std::move(parsed);
    }
    if (source.tag_prefix.has_value()) {
      if (const absl::Status valid = CheckTagPrefix(*source.tag_prefix); !valid.ok()) {
        Fail("/source/0/tagPrefix", valid.message());
        return nullptr;
      }
      made.tag_prefix = *source.tag_prefix;
    }
    return std::make_shared<const EvidenceSource>(std::move(made));
  }

  // What every signature of it must say; with a name, of the attestation that is called so.
  std::shared_ptr<const Stipulations> StipulationsFor(std::string_view attestation) const {
    Stipulations stipulations = {.annotations = options_.annotations};
    for (const PolicyOptions::AttestationCondition& one : options_.conditions) {
      const bool is_meant = (one.authority.empty() || one.authority == spec_.name) &&
                            (one.attestation.empty() || one.attestation == attestation);
      if (is_meant && !spec_.attestations.empty()) stipulations.conditions.push_back(one.condition);
    }
    if (stipulations.IsEmpty()) return nullptr;
    return std::make_shared<const Stipulations>(std::move(stipulations));
  }

  const std::vector<Fault>& faults() const { return faults_; }
  std::string PointerTo(const Fault& fault) const { return pointer_ + fault.pointer; }

 private:
  Broken Fail(std::string_view where, std::string_view why, bool is_unread_key = false) {
    faults_.push_back({std::string(where), std::string(why), is_unread_key});
    return {std::string(why)};
  }

  std::variant<Broken, StaticAnswer, cosign::SignerPtr> Static(const StaticSpec& fixed) {
    // Whoever writes them means them to count.
    if (!spec_.attestations.empty() || !spec_.sources.empty() || spec_.log.has_value() ||
        spec_.timestamp.has_value()) {
      return Fail("/static", "asks for no evidence, so it must stand alone");
    }
    if (fixed.action != "pass" && fixed.action != "fail") {
      return Fail("/static/action", "must be pass or fail");
    }
    return StaticAnswer{.passes = fixed.action == "pass", .message = fixed.message};
  }

  absl::StatusOr<cosign::TrustedRootPtr> FindRoot(std::string_view name) const {
    if (name.empty()) {
      if (inputs_.default_root != nullptr) return inputs_.default_root;
      return absl::FailedPreconditionError("there is no default trust root");
    }
    const auto found = inputs_.trust_roots.find(name);
    if (found == inputs_.trust_roots.end()) {
      return absl::NotFoundError(
          absl::StrCat("trustRootRef ", base::Printable(name), " not found"));
    }
    return found->second;
  }

  std::variant<Broken, StaticAnswer, cosign::SignerPtr> Signer() {
    absl::StatusOr<WitnessTerms> terms =
        WitnessesOf(spec_, [this](std::string_view name) { return FindRoot(name); });
    if (!terms.ok())
      return Fail(spec_.keyless.has_value() ? "/keyless" : "", terms.status().message());
    if (spec_.keyless.has_value()) return Keyless(*spec_.keyless, *terms);
    return Key(*spec_.key, *terms);
  }

  std::variant<Broken, StaticAnswer, cosign::SignerPtr> Keyless(const KeylessRef& keyless,
                                                                const WitnessTerms& terms) {
    if (keyless.ca_cert.has_value()) {
      return Fail("/keyless/ca-cert",
                  "keyless.ca-cert never verifies anything: put the certificate into a TrustRoot");
    }
    std::vector<cosign::IdentityRule> rules;
    for (const IdentitySpec& identity : keyless.identities) {
      if (rules.size() <= kMaxIdentities) AddRules(identity, rules);
    }
    if (rules.size() > kMaxIdentities) {
      return Fail("/keyless/identities",
                  absl::StrCat("are more than ", kMaxIdentities,
                               ", each counted once for each of those in PolicyOptions"));
    }
    absl::StatusOr<cosign::Identities> identities =
        cosign::Identities::Compile(std::move(rules), regexps_);
    if (absl::IsResourceExhausted(identities.status())) {
      return Fail("/keyless/identities", kNoRoomForExpressions);
    }
    if (!identities.ok()) return Fail("/keyless/identities", identities.status().message());
    return cosign::KeylessSigner(*std::move(identities), terms.witnesses, terms.trust);
  }

  // An identity, with each of the things that options want its certificates to say.
  void AddRules(const IdentitySpec& identity, std::vector<cosign::IdentityRule>& rules) const {
    const cosign::IdentityRule rule = {.issuer = identity.issuer,
                                       .issuer_regexp = identity.issuer_regexp,
                                       .subject = identity.subject,
                                       .subject_regexp = identity.subject_regexp};
    bool is_any_meant = false;
    for (const PolicyOptions::Identity& claims : options_.identities) {
      if (!claims.authority.empty() && claims.authority != spec_.name) continue;
      is_any_meant = true;
      rules.push_back(rule);
      rules.back().extensions = claims.extensions;
    }
    if (!is_any_meant) rules.push_back(rule);
  }

  std::variant<Broken, StaticAnswer, cosign::SignerPtr> Key(const KeyRef& key,
                                                            const WitnessTerms& terms) {
    std::string where;
    const absl::StatusOr<std::string> pem = FindPem(key, where);
    if (!pem.ok()) return Fail(where, pem.status().message(), /*is_unread_key=*/true);
    absl::StatusOr<crypto::PublicKey> read = crypto::PublicKey::FromPem(*pem);
    if (!read.ok()) {
      return Fail(where,
                  absl::StrCat(key.data.empty() ? "contains an invalid public key: " : "",
                               read.status().message()),
                  /*is_unread_key=*/key.data.empty());
    }
    const absl::StatusOr<crypto::PublicKey> hashed = KeyWithHash(*read, key.hash_algorithm);
    if (!hashed.ok()) return Fail("/key/hashAlgorithm", hashed.status().message());
    return cosign::KeySigner(*hashed, terms.witnesses, terms.trust);
  }

  absl::StatusOr<std::string> FindPem(const KeyRef& key, std::string& where) const {
    where = "/key";
    const int given = !key.data.empty() + !key.kms.empty() + key.secret.has_value();
    if (given != 1) {
      return absl::InvalidArgumentError(given == 0
                                            ? "must have one of data, secretRef and kms"
                                            : "must have only one of data, secretRef and kms");
    }
    if (!key.data.empty()) {
      where = "/key/data";
      return key.data;
    }
    if (!key.kms.empty()) {
      where = "/key/kms";
      const auto found = inputs_.kms_keys.find(key.kms);
      if (found != inputs_.kms_keys.end()) return found->second;
      return absl::NotFoundError(KmsAdvice(key.kms));
    }
    if (key.secret->name.empty()) {
      where = "/key/secretRef/name";
      return absl::InvalidArgumentError("must be given");
    }
    where = "/key/secretRef";
    const auto found = inputs_.secret_keys.find(key.secret->name);
    if (found != inputs_.secret_keys.end()) return found->second;
    return absl::NotFoundError(
        absl::StrCat("secret ", base::Quoted(key.secret->name), " has not been read yet"));
  }

  const AuthoritySpec& spec_;
  const std::string pointer_;
  const SigstoreInputs& inputs_;
  const PolicyOptions& options_;
  cosign::Regexps& regexps_;
  std::vector<Fault> faults_;
};

}  // namespace

Authority CompileAuthority(const AuthoritySpec& spec, size_t index, const SigstoreInputs& inputs,
                           const PolicyOptions& options, cosign::Regexps& regexps,
                           AuthorityProblems& problems) {
  Compiler compiler(spec, index, inputs, options, regexps);
  Authority authority = {.name = spec.name, .index = index, .is_keyless = spec.keyless.has_value()};
  authority.asks = compiler.Asks();
  authority.attestations = compiler.Attestations();
  authority.accepts = compiler.StipulationsFor("");
  authority.source = compiler.Source(authority.pull_secrets);
  if (!compiler.faults().empty()) authority.asks = Broken{compiler.faults().front().why};
  for (const Fault& fault : compiler.faults()) {
    const Problem problem = {compiler.PointerTo(fault), fault.why};
    problems.problems.push_back(problem);
    if (fault.is_unread_key) problems.unread_keys.push_back(problem);
  }
  return authority;
}

}  // namespace countersign::policy
