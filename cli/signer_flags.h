#ifndef COUNTERSIGN_CLI_SIGNER_FLAGS_H_
#define COUNTERSIGN_CLI_SIGNER_FLAGS_H_

#include <string>
#include <variant>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "cosign/identity.h"
#include "crypto/public_key.h"

namespace countersign::cli {

// Whose signature is asked for, and who must have witnessed it, as flags say it, in cosign's spelling.
struct SignerFlags {
  std::vector<std::string> keys;               // --key: PEM files; any of them will do
  std::string certificate_identity;            // --certificate-identity
  std::string certificate_identity_regexp;     // --certificate-identity-regexp
  std::string certificate_oidc_issuer;         // --certificate-oidc-issuer
  std::string certificate_oidc_issuer_regexp;  // --certificate-oidc-issuer-regexp
  // --certificate-extension and --certificate-github-workflow-*: each "NAME=VALUE", by the names of
  // cosign::CertificateIdentity::extensions.
  std::vector<std::string> certificate_extensions;

  std::string trusted_root;            // --trusted-root; "": the one that is shipped
  bool insecure_ignore_tlog = false;   // --insecure-ignore-tlog
  bool require_tlog = false;           // --require-tlog
  bool insecure_ignore_sct = false;    // --insecure-ignore-sct
  bool use_signed_timestamps = false;  // --use-signed-timestamps

  // Whether they say a key, or anything of an identity.
  bool NameAnybody() const;
};

// The flags for whom a certificate must name. `flags` must outlive the parsing, here and below.
void AddIdentityFlags(CLI::App* command, SignerFlags* flags, const std::string& group);

// --trusted-root, and the flags for who must have witnessed a signature.
void AddWitnessFlags(CLI::App* command, SignerFlags* flags, const std::string& group);

using KeyOrIdentities = std::variant<crypto::PublicKey, cosign::Identities>;

// Somebody whose signature will do.
struct Wanted {
  std::string name;  // for people: the key's file, or what the certificate must name
  KeyOrIdentities who;
};

// At least one: each key, once, or the one identity. InvalidArgument if the flags do not say exactly
// one of the two, or what they say is no key or no identity; NotFound and the like of a key's file.
// Errors name the flag.
absl::StatusOr<std::vector<Wanted>> ReadWanted(const SignerFlags& flags);

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_SIGNER_FLAGS_H_
