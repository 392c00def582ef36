#include "cli/certificates/leaf_certificate.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace countersign::cli {
namespace {

using crypto::Certificate;

std::vector<std::string> ServiceNames(std::string_view service, std::string_view in_namespace,
                                      const std::vector<std::string>& more = {}) {
  const std::string name = absl::StrCat(service, ".", in_namespace, ".svc");
  std::vector<std::string> names = {name, name + ".cluster.local"};
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

bool HaveSameNames(const Certificate& certificate, const LeafSpec& spec) {
  return std::set<std::string>(certificate.names().begin(), certificate.names().end()) ==
         std::set<std::string>(spec.names.begin(), spec.names.end());
}

}  // namespace

std::vector<LeafSpec> LeafSpecs(const CertificateOptions& options) {
  return {{.secret_name = "countersign-verifier-tls",
           .common_name = "countersign-verifier",
           .names = ServiceNames(options.verifier_service, options.secret_namespace,
                                 options.more_verifier_names),
           .for_servers = true,
           .has_bundle = true},
          {.secret_name = "countersign-shim-client-tls",
           .common_name = "countersign-shim",
           .names = {absl::StrCat("countersign-shim.", options.secret_namespace, ".svc")},
           .for_clients = true,
           .has_bundle = true},
          {.secret_name = "countersign-shim-tls",
           .common_name = "countersign-shim",
           .names = ServiceNames(options.webhook_service, options.secret_namespace,
                                 options.more_shim_names),
           .for_servers = true}};
}

Leaf ReadLeaf(const CertificateSecret& secret) {
  Leaf leaf;
  if (const std::string pem = secret.Entry("ca.crt"); !pem.empty()) {
    leaf.bundle = Certificate::ParseChain(pem).value_or(std::vector<Certificate>{});
  }
  const std::string pem = secret.Entry("tls.crt");
  if (pem.empty()) {
    leaf.fault = "is not there";
    return leaf;
  }
  absl::StatusOr<std::vector<Certificate>> chain = Certificate::ParseChain(pem);
  if (!chain.ok()) {
    leaf.fault = absl::StrCat("cannot be read (", chain.status().message(), ")");
    return leaf;
  }
  absl::StatusOr<PrivateKey> key = PrivateKey::FromPem(secret.Entry("tls.key"));
  if (!key.ok()) {
    leaf.fault = absl::StrCat("has no key that can be read (", key.status().message(), ")");
  } else if (!chain->front().Certifies(key->public_key())) {
    leaf.fault = "does not belong to the key beside it";
  } else {
    leaf.pair = KeyPair{chain->front(), *std::move(key)};
  }
  return leaf;
}

std::string FaultOf(const Leaf& leaf, const LeafSpec& spec, const std::vector<Certificate>& trusted,
                    absl::Time now) {
  if (!leaf.pair.has_value()) return leaf.fault;
  const Certificate& certificate = leaf.pair->certificate;
  if (certificate.not_after() < now) return "has ended";
  if (!HaveSameNames(certificate, spec)) return "is for other names";
  if ((spec.for_servers && !certificate.is_for_servers()) ||
      (spec.for_clients && !certificate.is_for_clients())) {
    return "is for another use";
  }
  const bool is_trusted =
      std::any_of(trusted.begin(), trusted.end(),
                  [&](const Certificate& authority) { return certificate.IsSignedBy(authority); });
  return is_trusted ? "" : "comes from no authority that is trusted";
}

absl::Time NearItsEndFrom(const Certificate& certificate) {
  const absl::Duration life = certificate.not_after() - certificate.not_before();
  return certificate.not_after() - life / 3;
}

bool IsNearItsEnd(const Certificate& certificate, absl::Time now) {
  return now >= NearItsEndFrom(certificate);
}

Validity ValidityFrom(absl::Time now, absl::Duration lifetime) {
  return {now - std::min(absl::Minutes(5), lifetime / 10), now + lifetime};
}

absl::StatusOr<KeyPair> MakeLeaf(const KeyPair& authority, const LeafSpec& spec,
                                 absl::Duration lifetime, absl::Time now) {
  Validity validity = ValidityFrom(now, lifetime);
  validity.not_before = std::max(validity.not_before, authority.certificate.not_before());
  validity.not_after = std::min(validity.not_after, authority.certificate.not_after());
  return IssueLeaf(authority, {.common_name = spec.common_name,
                               .names = spec.names,
                               .for_servers = spec.for_servers,
                               .for_clients = spec.for_clients,
                               .validity = validity});
}

}  // namespace countersign::cli
