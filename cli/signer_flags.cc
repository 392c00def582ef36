#include "cli/signer_flags.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/file.h"
#include "base/flag_text.h"
#include "base/printable.h"
#include "base/status_macros.h"

namespace countersign::cli {
namespace {

// cosign's flags for what certificates of GitHub's workflows say in the extensions of Fulcio's first
// years.
struct WorkflowFlag {
  const char* flag;
  const char* extension;
  const char* help;
};

constexpr WorkflowFlag kWorkflowFlags[] = {
    {"--certificate-github-workflow-name", "githubWorkflowName", "Its workflow's name, exactly."},
    {"--certificate-github-workflow-ref", "githubWorkflowRef", "Its workflow's git ref, exactly."},
    {"--certificate-github-workflow-repository", "githubWorkflowRepository",
     "Its workflow's repository, exactly."},
    {"--certificate-github-workflow-sha", "githubWorkflowSHA", "Its workflow's commit, exactly."},
    {"--certificate-github-workflow-trigger", "githubWorkflowTrigger",
     "The event that started its workflow, exactly."},
};

bool HasSubject(const SignerFlags& flags) {
  return !flags.certificate_identity.empty() || !flags.certificate_identity_regexp.empty();
}

bool HasIssuer(const SignerFlags& flags) {
  return !flags.certificate_oidc_issuer.empty() || !flags.certificate_oidc_issuer_regexp.empty();
}

bool HasIdentity(const SignerFlags& flags) {
  return HasSubject(flags) || HasIssuer(flags) || !flags.certificate_extensions.empty();
}

absl::Status CheckNotBoth(std::string_view flag, const std::string& text,
                          const std::string& regexp) {
  if (text.empty() || regexp.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(flag, "-regexp: it cannot be given with ", flag, ", which says it exactly"));
}

// That they say exactly one of a key and an identity, and of that both halves.
absl::Status CheckFlags(const SignerFlags& flags) {
  if (!flags.keys.empty() && HasIdentity(flags)) {
    return absl::InvalidArgumentError(
        "--key: a key has no identity; --certificate-identity and --certificate-oidc-issuer cannot "
        "be given with it");
  }
  if (!flags.keys.empty()) return absl::OkStatus();
  if (HasSubject(flags) && !HasIssuer(flags)) {
    return absl::InvalidArgumentError(
        "--certificate-identity: by whom the name is vouched for must be said, too: "
        "--certificate-oidc-issuer URL");
  }
  if (HasIssuer(flags) && !HasSubject(flags)) {
    return absl::InvalidArgumentError(
        "--certificate-oidc-issuer: whose name is vouched for must be said, too: "
        "--certificate-identity NAME");
  }
  if (!HasSubject(flags)) {
    return absl::InvalidArgumentError(
        "say whose signature it must be: --key FILE, or --certificate-identity NAME and "
        "--certificate-oidc-issuer URL");
  }
  CS_RETURN_IF_ERROR(CheckNotBoth("--certificate-identity", flags.certificate_identity,
                                  flags.certificate_identity_regexp));
  return CheckNotBoth("--certificate-oidc-issuer", flags.certificate_oidc_issuer,
                      flags.certificate_oidc_issuer_regexp);
}

absl::StatusOr<crypto::PublicKey> ReadKey(const std::string& file) {
  const absl::StatusOr<std::string> pem = base::LoadFile(file);
  if (!pem.ok()) return base::Annotate("--key", pem.status());
  absl::StatusOr<crypto::PublicKey> key = crypto::PublicKey::FromPem(*pem);
  if (!key.ok()) return base::Annotate(absl::StrCat("--key: ", file), key.status());
  return key;
}

absl::StatusOr<std::map<std::string, std::string, std::less<>>> ReadExtensions(
    const std::vector<std::string>& asked) {
  std::map<std::string, std::string, std::less<>> extensions;
  for (const std::string& text : asked) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("--certificate-extension: ", base::Quoted(text), " is not NAME=VALUE"));
    }
    const std::string name = text.substr(0, equals);
    if (!extensions.try_emplace(name, text.substr(equals + 1)).second) {
      return absl::InvalidArgumentError(absl::StrCat("--certificate-extension: what ",
                                                     base::Quoted(name), " must be is said twice"));
    }
  }
  return extensions;
}

// Of those that say the identity, the ones that were given, for an error about any of them.
std::string GivenFlags(const SignerFlags& flags) {
  std::vector<std::string_view> given;
  const auto add = [&given](bool is_given, std::string_view flag) {
    if (is_given) given.push_back(flag);
  };
  add(!flags.certificate_identity.empty(), "--certificate-identity");
  add(!flags.certificate_identity_regexp.empty(), "--certificate-identity-regexp");
  add(!flags.certificate_oidc_issuer.empty(), "--certificate-oidc-issuer");
  add(!flags.certificate_oidc_issuer_regexp.empty(), "--certificate-oidc-issuer-regexp");
  add(!flags.certificate_extensions.empty(), "--certificate-extension");
  return absl::StrJoin(given, ", ");
}

absl::StatusOr<Wanted> ReadIdentity(const SignerFlags& flags) {
  cosign::IdentityRule rule = {.issuer = flags.certificate_oidc_issuer,
                               .issuer_regexp = flags.certificate_oidc_issuer_regexp,
                               .subject = flags.certificate_identity,
                               .subject_regexp = flags.certificate_identity_regexp};
  CS_ASSIGN_OR_RETURN(rule.extensions, ReadExtensions(flags.certificate_extensions));
  absl::StatusOr<cosign::Identities> identities = cosign::Identities::Compile({std::move(rule)});
  if (!identities.ok()) return base::Annotate(GivenFlags(flags), identities.status());
  return Wanted{.name = flags.certificate_identity.empty() ? flags.certificate_identity_regexp
                                                           : flags.certificate_identity,
                .who = *std::move(identities)};
}

void AddTrustedRootFlag(CLI::App* command, SignerFlags* flags, const std::string& group) {
  command
      ->add_option("--trusted-root", flags->trusted_root,
                   "The trusted_root.json with the authorities and logs that are believed. If not "
                   "given, that of Sigstore's public instance, as it was when this was built.")
      ->check(&base::CheckNotEmpty)
      ->type_name("FILE")
      ->group(group);
}

}  // namespace

bool SignerFlags::NameAnybody() const { return !keys.empty() || HasIdentity(*this); }

void AddIdentityFlags(CLI::App* command, SignerFlags* flags, const std::string& group) {
  const auto add = [&](const char* flag, std::string& text, const char* type, const char* help) {
    command->add_option(flag, text, help)
        ->check(&base::CheckNotEmpty)
        ->type_name(type)
        ->group(group);
  };
  add("--certificate-identity", flags->certificate_identity, "NAME",
      "Who must have signed, exactly as the certificate names him.");
  add("--certificate-identity-regexp", flags->certificate_identity_regexp, "REGEXP",
      "Instead, an expression (RE2) that must be found in that name, anywhere in it: ^ and $ hold "
      "it to the whole.");
  add("--certificate-oidc-issuer", flags->certificate_oidc_issuer, "URL",
      "Who must have vouched for that name.");
  add("--certificate-oidc-issuer-regexp", flags->certificate_oidc_issuer_regexp, "REGEXP",
      "Instead, an expression that must be found in who did.");
  command
      ->add_option("--certificate-extension", flags->certificate_extensions,
                   "What else the certificate must say, exactly, such as "
                   "sourceRepositoryRef=refs/heads/main. Repeatable: all of it.")
      ->check(&base::CheckNotEmpty)
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->group(group);
  for (const WorkflowFlag& workflow : kWorkflowFlags) {
    command
        ->add_option_function<std::string>(
            workflow.flag,
            [flags, extension = workflow.extension](const std::string& value) {
              flags->certificate_extensions.push_back(absl::StrCat(extension, "=", value));
            },
            workflow.help)
        ->check(&base::CheckNotEmpty)
        ->type_name("TEXT")
        ->group(group);
  }
}

void AddWitnessFlags(CLI::App* command, SignerFlags* flags, const std::string& group) {
  AddTrustedRootFlag(command, flags, group);
  const auto add = [&](const char* flag, bool& is_set, const char* help) {
    command->add_flag(flag, is_set, help)->group(group);
  };
  add("--insecure-ignore-tlog", flags->insecure_ignore_tlog,
      "Ask for no entry of a transparency log. For an identity something must still say when it "
      "was signed: an entry or a timestamp.");
  add("--require-tlog", flags->require_tlog,
      "Ask for an entry of a transparency log, also for a key.");
  add("--insecure-ignore-sct", flags->insecure_ignore_sct,
      "Do not ask that a log of certificates has seen the certificate.");
  add("--use-signed-timestamps", flags->use_signed_timestamps,
      "Ask for a timestamp of an authority that is trusted.");
}

absl::StatusOr<std::vector<Wanted>> ReadWanted(const SignerFlags& flags) {
  CS_RETURN_IF_ERROR(CheckFlags(flags));
  std::vector<Wanted> wanted;
  if (flags.keys.empty()) {
    CS_ASSIGN_OR_RETURN(Wanted identity, ReadIdentity(flags));
    wanted.push_back(std::move(identity));
  }
  for (const std::string& file : flags.keys) {
    const bool is_known = std::any_of(wanted.begin(), wanted.end(),
                                      [&file](const Wanted& other) { return other.name == file; });
    if (is_known) continue;
    CS_ASSIGN_OR_RETURN(crypto::PublicKey key, ReadKey(file));
    wanted.push_back({.name = file, .who = std::move(key)});
  }
  return wanted;
}

}  // namespace countersign::cli
