#ifndef COUNTERSIGN_POLICY_SIGSTORE_TRUST_ROOT_FIXTURE_H_
#define COUNTERSIGN_POLICY_SIGSTORE_TRUST_ROOT_FIXTURE_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "crypto/certificate.h"
#include "crypto/test_certificate.h"
#include "crypto/test_key.h"
#include "policy/sigstore/field_errors.h"
#include "policy/sigstore/trust_root.h"
#include "tuf/test_archive.h"
#include "tuf/test_repository.h"

namespace countersign::policy {

inline std::string Base64(std::string_view bytes) { return absl::Base64Escape(bytes); }

inline base::Json TrustRootObject(base::Json spec, std::string_view name = "mine") {
  return {{"apiVersion", "policy.sigstore.dev/v1alpha1"},
          {"kind", "TrustRoot"},
          {"metadata", {{"name", name}}},
          {"spec", std::move(spec)}};
}

// A root, an intermediate below it, and signers below that.
struct TestChain {
  crypto::TestKey key = crypto::TestKey::Generate();
  crypto::Certificate root =
      crypto::MakeTestCertificate({.subject = "root",
                                   .issuer = "root",
                                   .key = key,
                                   .extensions = {crypto::TestBasicConstraints(true)}},
                                  key);
  crypto::Certificate intermediate =
      crypto::MakeTestCertificate({.subject = "intermediate",
                                   .issuer = "root",
                                   .key = key,
                                   .extensions = {crypto::TestBasicConstraints(true)}},
                                  key);
  crypto::Certificate signer =
      crypto::MakeTestCertificate({.subject = "signer", .issuer = "intermediate"}, key);
  crypto::Certificate another =
      crypto::MakeTestCertificate({.subject = "another", .issuer = "intermediate"}, key);
};

inline const TestChain& Chain() {
  static const TestChain* const kChain = new TestChain;
  return *kChain;
}

inline base::Json AuthorityObject(const std::vector<crypto::Certificate>& chain,
                                  std::string_view uri = "https://fulcio.example.com") {
  return {
      {"subject", {{"organization", "fulcio-organization"}, {"commonName", "fulcio-common-name"}}},
      {"uri", uri},
      {"certChain", Base64(crypto::WriteChain(chain))}};
}

inline base::Json LogObject(const crypto::TestKey& key,
                            std::string_view url = "https://rekor.example.com") {
  return {{"baseURL", url}, {"hashAlgorithm", "sha-256"}, {"publicKey", Base64(key.PublicPem())}};
}

// Keys of one of each.
inline base::Json KeysSpec(base::Json keys) { return {{"sigstoreKeys", std::move(keys)}}; }

inline base::Json ValidKeys() {
  static const crypto::TestKey* const kKey = new crypto::TestKey(crypto::TestKey::Generate());
  return {{"certificateAuthorities",
           base::Json::array({AuthorityObject({Chain().intermediate, Chain().root})})},
          {"timestampAuthorities",
           base::Json::array({AuthorityObject({Chain().signer, Chain().intermediate, Chain().root},
                                              "https://tsa.example.com")})},
          {"tLogs", base::Json::array({LogObject(*kKey)})},
          {"ctLogs", base::Json::array({LogObject(*kKey, "https://ctfe.example.com")})}};
}

// The text of a trusted root that is told from others by a warning about a member of that name.
inline std::string TrustedRootText(std::string_view name = "known") {
  return absl::StrCat(R"({"mediaType": "application/vnd.dev.sigstore.trustedroot.v0.2+json", ")",
                      name, R"(": 1})");
}

// A TUF repository with that target.
inline tuf::TestRepository RepositoryOf(std::string target) {
  tuf::TestRepository repository;
  repository.target = std::move(target);
  repository.PublishAll();
  return repository;
}

// The same whose target is TrustedRootText.
inline tuf::TestRepository RepositoryWith(std::string_view name) {
  return RepositoryOf(TrustedRootText(name));
}

inline base::Json RepositorySpec(const tuf::TestRepository& repository) {
  return {{"repository",
           {{"root", Base64(repository.RootFile(1))},
            {"mirrorFS", Base64(tuf::WriteTestArchive(repository.files))},
            {"targets", "targets"}}}};
}

inline base::Json RemoteSpec(const tuf::TestRepository& repository, std::string_view mirror) {
  return {{"remote", {{"mirror", mirror}, {"root", Base64(repository.RootFile(1))}}}};
}

inline std::vector<std::string> Texts(const std::vector<FieldError>& errors) {
  std::vector<std::string> texts;
  for (const FieldError& error : errors) texts.push_back(error.Text());
  return texts;
}

inline std::vector<std::string> ErrorsOf(const base::Json& spec) {
  return Texts(ValidateTrustRoot(TrustRootObject(spec), tuf::TestNow()));
}

// The trusted root of an object that states one; null: it does not.
inline std::shared_ptr<const cosign::TrustedRoot> RootOf(const base::Json& keys) {
  const TrustRoot root = ReadTrustRoot(TrustRootObject(KeysSpec(keys)));
  const auto* const stated = std::get_if<StatedRoot>(&root.source);
  return stated == nullptr ? nullptr : stated->root;
}

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_TRUST_ROOT_FIXTURE_H_
