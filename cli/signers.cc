#include "cli/signers.h"

#include <utility>
#include <variant>

#include "base/status_macros.h"
#include "cli/trusted_root_file.h"
#include "cosign/identity.h"
#include "crypto/public_key.h"

namespace countersign::cli {
namespace {

bool AskForAny(const cosign::Witnesses& witnesses) {
  return witnesses.log_entries > 0 || witnesses.timestamps > 0 ||
         witnesses.certificate_timestamps > 0;
}

// Says what the flags leave otherwise than somebody may think who has written them.
void WarnOfNoEffect(const SignerFlags& flags, bool is_certified,
                    absl::FunctionRef<void(std::string_view)> warn) {
  if (is_certified) WarnOfTime(flags, warn);
  if (!is_certified && !flags.trusted_root.empty() && !AskForAny(WitnessesOf(flags, false))) {
    warn(
        "--trusted-root: nothing is judged by it, as nothing is asked of a key's signature but the "
        "key; --require-tlog and --use-signed-timestamps ask for witnesses");
  }
}

cosign::SignerPtr SignerOf(KeyOrIdentities who, const cosign::Witnesses& witnesses,
                           std::shared_ptr<const cosign::TrustedRoot> root) {
  if (const auto* const key = std::get_if<crypto::PublicKey>(&who)) {
    return cosign::KeySigner(*key, witnesses, std::move(root));
  }
  return cosign::KeylessSigner(std::get<cosign::Identities>(std::move(who)), witnesses,
                               std::move(root));
}

}  // namespace

cosign::Witnesses WitnessesOf(const SignerFlags& flags, bool is_certified) {
  const bool is_log_asked = is_certified ? !flags.insecure_ignore_tlog : flags.require_tlog;
  const bool is_sct_asked = is_certified && !flags.insecure_ignore_sct;
  return {.log_entries = is_log_asked ? 1u : 0u,
          .timestamps = flags.use_signed_timestamps ? 1u : 0u,
          .certificate_timestamps = is_sct_asked ? 1u : 0u};
}

absl::Status CheckWitnessFlags(const SignerFlags& flags) {
  if (!flags.require_tlog || !flags.insecure_ignore_tlog) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "--require-tlog: it cannot be given with --insecure-ignore-tlog, which asks for no entry of "
      "a transparency log");
}

void WarnOfTime(const SignerFlags& flags, absl::FunctionRef<void(std::string_view)> warn) {
  if (!flags.insecure_ignore_tlog || flags.use_signed_timestamps) return;
  warn(
      "--insecure-ignore-tlog: a certificate holds for minutes, so that something must say when "
      "it signed: a log entry or a timestamp is asked for all the same");
}

absl::Status CheckRoot(const cosign::Witnesses& witnesses, const cosign::TrustedRoot& root) {
  if (witnesses.log_entries > 0 && root.logs.empty()) {
    return absl::InvalidArgumentError(
        "--trusted-root: it names no transparency log, so that no entry of one can count: ask for "
        "none (--insecure-ignore-tlog), and for a timestamp (--use-signed-timestamps)");
  }
  if (witnesses.timestamps > 0 && root.timestamp_authorities.empty()) {
    return absl::InvalidArgumentError(
        "--use-signed-timestamps: the trusted root names no timestamp authority, so that no "
        "timestamp can count");
  }
  if (witnesses.certificate_timestamps > 0 && root.certificate_logs.empty()) {
    return absl::InvalidArgumentError(
        "--trusted-root: it names no log of certificates, so that none can have seen the signer's: "
        "do not ask for it (--insecure-ignore-sct)");
  }
  return absl::OkStatus();
}

absl::StatusOr<CertificateTrust> ReadCertificateTrust(
    const SignerFlags& flags, absl::FunctionRef<void(std::string_view)> warn) {
  CS_RETURN_IF_ERROR(CheckWitnessFlags(flags));
  CS_ASSIGN_OR_RETURN(std::shared_ptr<const cosign::TrustedRoot> root,
                      LoadTrustedRoot(flags.trusted_root, Instance::kPublicGood, warn));
  cosign::Witnesses witnesses = WitnessesOf(flags, /*is_certified=*/true);
  if (root->logs.empty() && !flags.require_tlog) witnesses.log_entries = 0;
  if (root->certificate_logs.empty()) witnesses.certificate_timestamps = 0;
  CS_RETURN_IF_ERROR(CheckRoot(witnesses, *root));
  WarnOfTime(flags, warn);
  return CertificateTrust{std::move(root), witnesses};
}

absl::StatusOr<std::vector<NamedSigner>> ReadSigners(
    const SignerFlags& flags, absl::FunctionRef<void(std::string_view)> warn) {
  CS_RETURN_IF_ERROR(CheckWitnessFlags(flags));
  CS_ASSIGN_OR_RETURN(std::vector<Wanted> wanted, ReadWanted(flags));
  const bool is_certified = flags.keys.empty();
  const cosign::Witnesses witnesses = WitnessesOf(flags, is_certified);
  std::shared_ptr<const cosign::TrustedRoot> root;
  if (is_certified || AskForAny(witnesses)) {
    CS_ASSIGN_OR_RETURN(root, LoadTrustedRoot(flags.trusted_root, Instance::kPublicGood, warn));
    CS_RETURN_IF_ERROR(CheckRoot(witnesses, *root));
  }
  WarnOfNoEffect(flags, is_certified, warn);
  std::vector<NamedSigner> signers;
  for (Wanted& one : wanted) {
    signers.push_back(
        {.name = std::move(one.name), .signer = SignerOf(std::move(one.who), witnesses, root)});
  }
  return signers;
}

}  // namespace countersign::cli
