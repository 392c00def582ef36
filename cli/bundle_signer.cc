#include "cli/bundle_signer.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace countersign::cli {
namespace {

absl::Status CheckFlags(const SignerFlags& flags) {
  const bool has_identity = !flags.certificate_identity.empty();
  const bool has_issuer = !flags.certificate_oidc_issuer.empty();
  if (!flags.key.empty() && (has_identity || has_issuer)) {
    return absl::InvalidArgumentError(
        "--key: a key has no identity; --certificate-identity and --certificate-oidc-issuer cannot "
        "be given with it");
  }
  if (!flags.key.empty() || (has_identity && has_issuer)) return absl::OkStatus();
  if (has_identity) {
    return absl::InvalidArgumentError(
        "--certificate-identity: by whom the name is vouched for must be said, too: "
        "--certificate-oidc-issuer URL");
  }
  if (has_issuer) {
    return absl::InvalidArgumentError(
        "--certificate-oidc-issuer: whose name is vouched for must be said, too: "
        "--certificate-identity NAME");
  }
  return absl::InvalidArgumentError(
      "say whose signature it must be: --key FILE, or --certificate-identity NAME and "
      "--certificate-oidc-issuer URL");
}

}  // namespace

absl::StatusOr<KeyOrIdentities> ReadSigner(const SignerFlags& flags) {
  CS_RETURN_IF_ERROR(CheckFlags(flags));
  if (flags.key.empty()) {
    return cosign::Identities::Compile(
        {{.issuer = flags.certificate_oidc_issuer, .subject = flags.certificate_identity}});
  }
  const absl::StatusOr<std::string> pem = base::LoadFile(flags.key);
  if (!pem.ok()) return base::Annotate("--key", pem.status());
  absl::StatusOr<crypto::PublicKey> key = crypto::PublicKey::FromPem(*pem);
  if (!key.ok()) return base::Annotate(absl::StrCat("--key: ", flags.key), key.status());
  return *std::move(key);
}

cosign::SignerPtr SignerOf(const KeyOrIdentities& who, const cosign::Bundle& bundle,
                           std::shared_ptr<const cosign::TrustedRoot> root) {
  const auto* key = std::get_if<crypto::PublicKey>(&who);
  const bool has_stamps = !bundle.timestamps.empty() && !root->timestamp_authorities.empty();
  const cosign::Witnesses witnesses = {.log_entries = root->logs.empty() ? 0u : 1u,
                                       .timestamps = has_stamps ? 1u : 0u,
                                       .certificate_timestamps = key == nullptr ? 1u : 0u};
  if (key != nullptr) return cosign::KeySigner(*key, witnesses, std::move(root));
  return cosign::KeylessSigner(std::get<cosign::Identities>(who), witnesses, std::move(root));
}

}  // namespace countersign::cli
