#include "policy/sigstore/sigstore_keys.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "cosign/checkpoint.h"
#include "cosign/trusted_root.h"
#include "crypto/certificate.h"
#include "crypto/certificate_chain.h"
#include "crypto/key_algorithm.h"
#include "crypto/public_key.h"
#include "crypto/sha256.h"

namespace countersign::policy {
namespace {

using base::Json;
using cosign::LogGeneration;
using crypto::Certificate;
using crypto::KeyAlgorithm;
using crypto::PublicKey;

constexpr std::string_view kBadChain = "error splitting the certificates";
constexpr std::string_view kSha256Names[] = {"sha-256", "sha256"};
constexpr std::string_view kOtherHashNames[] = {"sha-384", "sha384", "sha-512", "sha512"};

enum class AuthorityKind { kCertificates, kTimestamps };

bool IsAmong(const auto& name, const auto& names) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

Json Bytes(std::string_view bytes) { return absl::Base64Escape(bytes); }

void CheckSubject(const TrustRootFields& authority) {
  const std::optional<TrustRootFields> subject = authority.Object("subject");
  if (!subject) {
    authority.Missing("subject.organization");
    authority.Missing("subject.commonName");
    return;
  }
  subject->RefuseOthers({"organization", "commonName"});
  subject->RequiredText("organization");
  subject->RequiredText("commonName");
}

// Empty where there is an error.
std::vector<Certificate> ReadChain(const TrustRootFields& authority) {
  const std::optional<std::string> pem = authority.Bytes("certChain");
  if (!pem || pem->empty()) {
    if (pem || !authority.Has("certChain")) authority.Missing("certChain");
    return {};
  }
  const absl::StatusOr<std::vector<Certificate>> chain = Certificate::ParseChain(*pem);
  if (!chain.ok()) {
    authority.Invalid("certChain", kBadChain, chain.status().message());
    return {};
  }
  if (chain->size() > crypto::kMaxChainCertificates) {
    authority.Invalid("certChain", kBadChain,
                      absl::StrCat("there are more than ", crypto::kMaxChainCertificates));
    return {};
  }
  std::vector<Certificate> read;
  for (const Certificate& certificate : *chain) {
    absl::StatusOr<Certificate> strict = Certificate::FromDerStrictly(certificate.der());
    if (strict.ok()) {
      read.push_back(*std::move(strict));
      continue;
    }
    authority.Invalid("certChain", kBadChain,
                      absl::StrCat("certificate ", &certificate - chain->data() + 1, ": ",
                                   strict.status().message()));
    return {};
  }
  return read;
}

// The chains that end with each self-issued authority of it, or all of it where there is none.
std::vector<std::vector<Certificate>> ChainsOf(std::vector<Certificate> certificates) {
  const auto is_root = [](const Certificate& c) { return c.is_authority() && c.is_self_issued(); };
  absl::c_stable_partition(certificates, [](const Certificate& c) { return !c.is_authority(); });
  const auto roots =
      std::stable_partition(certificates.begin(), certificates.end(), std::not_fn(is_root));
  std::vector<std::vector<Certificate>> chains;
  for (auto root = roots; root != certificates.end(); ++root) {
    chains.emplace_back(certificates.begin(), roots).push_back(*root);
  }
  if (chains.empty()) chains.push_back(std::move(certificates));
  return chains;
}

void CheckChain(const TrustRootFields& authority, AuthorityKind kind,
                const std::vector<Certificate>& chain) {
  const auto signers = absl::c_count_if(chain, [](const auto& c) { return !c.is_authority(); });
  if (kind == AuthorityKind::kTimestamps && signers > 1) {
    authority.Invalid("certChain", "certificate chain must contain at most one TSA certificate");
  }
  if (!chain.empty() && static_cast<size_t>(signers) == chain.size()) {
    authority.Invalid("certChain", "certificate chain must contain a certificate authority",
                      "none of its certificates may sign others");
  }
}

void AddAuthorities(const std::vector<TrustRootFields>& authorities, AuthorityKind kind,
                    Json& list) {
  for (const TrustRootFields& authority : authorities) {
    authority.RefuseOthers({"subject", "uri", "certChain"});
    CheckSubject(authority);
    const std::string uri = authority.RequiredText("uri");
    std::vector<Certificate> certificates = ReadChain(authority);
    CheckChain(authority, kind, certificates);
    for (const std::vector<Certificate>& chain : ChainsOf(std::move(certificates))) {
      Json elements = Json::array();
      for (const Certificate& each : chain) elements.push_back({{"rawBytes", Bytes(each.der())}});
      list.push_back({{"uri", uri},
                      {"operator", uri},
                      {"certChain", {{"certificates", std::move(elements)}}}});
    }
  }
}

void CheckHash(const TrustRootFields& log) {
  const std::string hash = log.RequiredText("hashAlgorithm");
  if (hash.empty() || IsAmong(hash, kSha256Names)) return;
  log.Invalid("hashAlgorithm", hash,
              IsAmong(hash, kOtherHashNames) ? "the trees of logs are made with sha-256 alone"
                                             : "unknown hash algorithm: it must be sha-256");
}

// As cosign/key_details.h names it; "" if there is no name for it.
std::string DetailsOf(const PublicKey& key) {
  switch (key.algorithm()) {
    case KeyAlgorithm::kEcdsaP256:
      return "PKIX_ECDSA_P256_SHA_256";
    case KeyAlgorithm::kEcdsaP384:
      return "PKIX_ECDSA_P384_SHA_384";
    case KeyAlgorithm::kEcdsaP521:
      return "PKIX_ECDSA_P521_SHA_512";
    case KeyAlgorithm::kEd25519:
      return "PKIX_ED25519";
    case KeyAlgorithm::kRsa:
      return IsAmong(key.rsa_bits(), std::vector<size_t>{2048, 3072, 4096})
                 ? absl::StrCat("PKIX_RSA_PKCS1V15_", key.rsa_bits(), "_SHA256")
                 : "";
    default:
      return "";
  }
}

std::optional<PublicKey> ReadKey(const TrustRootFields& log) {
  const std::optional<std::string> pem = log.Bytes("publicKey");
  if (!pem || pem->empty()) {
    if (pem || !log.Has("publicKey")) log.Missing("publicKey");
    return std::nullopt;
  }
  absl::StatusOr<PublicKey> key = PublicKey::FromPem(*pem);
  if (!key.ok()) {
    log.Invalid("publicKey", "must be a public key", key.status().message());
    return std::nullopt;
  }
  if (DetailsOf(*key).empty()) {
    log.Invalid("publicKey", key->Description(), "no log has keys of that kind");
    return std::nullopt;
  }
  return *std::move(key);
}

// By what evidence may call the log, each once.
std::set<std::string> IdsOf(const PublicKey& key, std::string_view url, bool is_of_certificates) {
  const auto text = [](const crypto::Sha256Digest& id) {
    return std::string(id.begin(), id.end());
  };
  std::set<std::string> ids = {text(cosign::LogKeyId(key, LogGeneration::kRekor1, ""))};
  if (is_of_certificates) return ids;
  for (const std::string& origin : cosign::OriginsOf(url)) {
    ids.insert(text(cosign::LogKeyId(key, LogGeneration::kRekor2, origin)));
  }
  return ids;
}

void AddLogs(const TrustRootFields& keys, std::string_view name, bool are_of_certificates,
             Json& list) {
  std::set<std::string> known;
  for (const TrustRootFields& log : keys.Objects(name)) {
    log.RefuseOthers({"baseURL", "hashAlgorithm", "publicKey"});
    const std::string url = log.RequiredText("baseURL");
    CheckHash(log);
    const std::optional<PublicKey> key = ReadKey(log);
    if (!key) continue;
    for (const std::string& id : IdsOf(*key, url, are_of_certificates)) {
      // Listed a second time under the same name, it says nothing new.
      if (!known.insert(id).second) continue;
      list.push_back({{"baseUrl", url},
                      {"operator", url},
                      {"hashAlgorithm", "SHA2_256"},
                      {"publicKey",
                       {{"rawBytes", Bytes(key->der())},
                        {"keyDetails", DetailsOf(*key)},
                        {"validFor", {{"start", "1970-01-01T00:00:00Z"}}}}},
                      {"logId", {{"keyId", Bytes(id)}}}});
    }
  }
}

}  // namespace

std::string TrustedRootOfKeys(const TrustRootFields& keys) {
  keys.RefuseOthers({"certificateAuthorities", "timestampAuthorities", "tLogs", "ctLogs"});
  Json root = {{"mediaType", "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}};
  for (const char* const list :
       {"certificateAuthorities", "timestampAuthorities", "ctlogs", "tlogs"}) {
    root[list] = Json::array();
  }
  const std::vector<TrustRootFields> authorities = keys.Objects("certificateAuthorities");
  const std::vector<TrustRootFields> timestamps = keys.Objects("timestampAuthorities");
  if (authorities.empty() && timestamps.empty()) {
    keys.Add("expected exactly one, got neither",
             {"certificateAuthorities", "timestampAuthorities"});
  }
  AddAuthorities(authorities, AuthorityKind::kCertificates, root["certificateAuthorities"]);
  AddAuthorities(timestamps, AuthorityKind::kTimestamps, root["timestampAuthorities"]);
  AddLogs(keys, "ctLogs", /*are_of_certificates=*/true, root["ctlogs"]);
  AddLogs(keys, "tLogs", /*are_of_certificates=*/false, root["tlogs"]);
  return root.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

}  // namespace countersign::policy
