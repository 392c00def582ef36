#include "cosign/identity.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/allocated_bytes.h"
#include "base/printable.h"
#include "base/regexp.h"
#include "base/status_macros.h"
#include "crypto/der.h"
#include "crypto/subject_name.h"
#include "re2/re2.h"

namespace countersign::cosign {
namespace {

using crypto::SubjectName;

constexpr std::string_view kUserNameOid = "1.3.6.1.4.1.57264.1.7";
constexpr char kIssuer[] = "issuer";

enum class ExtensionForm { kUtf8String, kText };

struct FulcioExtension {
  std::string_view oid;
  const char* name;
  ExtensionForm form = ExtensionForm::kUtf8String;
};

constexpr FulcioExtension kExtensions[] = {
    {"1.3.6.1.4.1.57264.1.1", kIssuer, ExtensionForm::kText},
    {"1.3.6.1.4.1.57264.1.2", "githubWorkflowTrigger", ExtensionForm::kText},
    {"1.3.6.1.4.1.57264.1.3", "githubWorkflowSHA", ExtensionForm::kText},
    {"1.3.6.1.4.1.57264.1.4", "githubWorkflowName", ExtensionForm::kText},
    {"1.3.6.1.4.1.57264.1.5", "githubWorkflowRepository", ExtensionForm::kText},
    {"1.3.6.1.4.1.57264.1.6", "githubWorkflowRef", ExtensionForm::kText},
    {"1.3.6.1.4.1.57264.1.8", kIssuer},
    {"1.3.6.1.4.1.57264.1.9", "buildSignerURI"},
    {"1.3.6.1.4.1.57264.1.10", "buildSignerDigest"},
    {"1.3.6.1.4.1.57264.1.11", "runnerEnvironment"},
    {"1.3.6.1.4.1.57264.1.12", "sourceRepositoryURI"},
    {"1.3.6.1.4.1.57264.1.13", "sourceRepositoryDigest"},
    {"1.3.6.1.4.1.57264.1.14", "sourceRepositoryRef"},
    {"1.3.6.1.4.1.57264.1.15", "sourceRepositoryIdentifier"},
    {"1.3.6.1.4.1.57264.1.16", "sourceRepositoryOwnerURI"},
    {"1.3.6.1.4.1.57264.1.17", "sourceRepositoryOwnerIdentifier"},
    {"1.3.6.1.4.1.57264.1.18", "buildConfigURI"},
    {"1.3.6.1.4.1.57264.1.19", "buildConfigDigest"},
    {"1.3.6.1.4.1.57264.1.20", "buildTrigger"},
    {"1.3.6.1.4.1.57264.1.21", "runInvocationURI"},
    {"1.3.6.1.4.1.57264.1.22", "sourceRepositoryVisibilityAtSigning"},
    {"1.3.6.1.4.1.57264.1.23", "deploymentEnvironment"},
    {"1.3.6.1.4.1.57264.1.24", "tokenSubject"},
};

bool IsIdentity(const SubjectName& name) {
  if (name.text.empty()) return false;
  switch (name.kind) {
    case SubjectName::Kind::kUri:
    case SubjectName::Kind::kEmail:
      return true;
    case SubjectName::Kind::kOther:
      return name.other_oid == kUserNameOid;
    case SubjectName::Kind::kUnspecified:
      break;
  }
  return false;
}

absl::Status CheckExtensions(const IdentityRule& rule) {
  for (const auto& [name, text] : rule.extensions) {
    if (!IsExtensionName(name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("no extension of a certificate is named ", base::Quoted(name)));
    }
    if (text.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("what the certificate's ", name, " must be is empty"));
    }
  }
  return absl::OkStatus();
}

// The first that the rule asks for and the identity does not have so; null: none.
const std::string* FindOther(const IdentityRule& rule, const CertificateIdentity& identity) {
  for (const auto& [name, text] : rule.extensions) {
    const auto found = identity.extensions.find(name);
    if (found == identity.extensions.end() || found->second != text) return &name;
  }
  return nullptr;
}

}  // namespace

bool IsExtensionName(std::string_view name) {
  return std::any_of(std::begin(kExtensions), std::end(kExtensions),
                     [name](const FulcioExtension& known) { return name == known.name; });
}

size_t AllocatedBytes(const CertificateIdentity& identity) {
  size_t bytes = base::AllocatedBytes(identity.issuer) + base::AllocatedBytes(identity.subjects) +
                 base::AllocatedBytes(identity.extensions);
  for (const std::string& subject : identity.subjects) bytes += base::AllocatedBytes(subject);
  for (const auto& [name, text] : identity.extensions) {
    bytes += base::AllocatedBytes(name) + base::AllocatedBytes(text);
  }
  return bytes;
}

absl::StatusOr<CertificateIdentity> IdentityOf(const crypto::Certificate& certificate) {
  CertificateIdentity identity;
  for (const FulcioExtension& known : kExtensions) {
    const std::string* const value = certificate.FindExtension(known.oid);
    if (value == nullptr) continue;
    const std::optional<std::string> text =
        known.form == ExtensionForm::kText ? std::optional(*value) : crypto::ReadUtf8String(*value);
    if (!text) {
      return absl::InvalidArgumentError(
          absl::StrCat("its extension ", known.oid, " is no UTF8String"));
    }
    const auto [extension, is_first] = identity.extensions.try_emplace(known.name, *text);
    if (!is_first && extension->second != *text) {
      return absl::InvalidArgumentError("its two extensions for the issuer differ");
    }
  }
  const auto issuer = identity.extensions.find(kIssuer);
  if (issuer != identity.extensions.end()) identity.issuer = issuer->second;
  for (const SubjectName& name : certificate.subject_names()) {
    if (IsIdentity(name)) identity.subjects.push_back(name.text);
  }
  return identity;
}

bool Identities::Matcher::Matches(std::string_view other) const {
  return regexp == nullptr ? text == other : re2::RE2::PartialMatch(other, *regexp);
}

absl::StatusOr<std::shared_ptr<const re2::RE2>> Regexps::Compile(const std::string& regexp) {
  const auto known = compiled_.find(regexp);
  if (known != compiled_.end()) return known->second;
  const absl::Status no_room = absl::ResourceExhaustedError("it is too large");
  bytes_ += std::min(regexp.size(), base::kMaxRegexpBytes);
  if (bytes_ > kMaxBytes) left_ = 0;
  if (left_ == 0) return no_room;
  const absl::StatusOr<std::shared_ptr<const re2::RE2>> made = base::CompileRegexp(regexp);
  if (!made.ok()) {
    if (++faulty_ == kMaxFaulty) left_ = 0;
    return made.status();
  }
  const std::shared_ptr<const re2::RE2>& compiled = *made;
  const size_t size = static_cast<size_t>(std::max(1, compiled->ProgramSize()));
  if (size > left_) {
    left_ = 0;
    return no_room;
  }
  left_ -= size;
  used_ += size;
  compiled_.emplace(regexp, compiled);
  return compiled;
}

absl::StatusOr<Identities::Matcher> Identities::CompileMatcher(std::string_view what,
                                                               const std::string& text,
                                                               const std::string& regexp,
                                                               Regexps& regexps) {
  if (text.empty() == regexp.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("it must have exactly one of ", what, " and ", what, "RegExp"));
  }
  if (regexp.empty()) return Matcher{.text = text};
  absl::StatusOr<std::shared_ptr<const re2::RE2>> compiled = regexps.Compile(regexp);
  if (!compiled.ok()) {
    return base::Annotate(absl::StrCat("its ", what, "RegExp cannot be used"), compiled.status());
  }
  return Matcher{.regexp = *std::move(compiled)};
}

absl::StatusOr<Identities> Identities::Compile(std::vector<IdentityRule> rules) {
  Regexps regexps;
  return Compile(std::move(rules), regexps);
}

absl::StatusOr<Identities> Identities::Compile(std::vector<IdentityRule> rules, Regexps& regexps) {
  if (rules.empty()) {
    return absl::InvalidArgumentError("no identity is named, and anybody will not do");
  }
  Identities identities;
  for (const IdentityRule& rule : rules) {
    const std::string place = absl::StrCat("identity ", identities.compiled_.size() + 1);
    absl::StatusOr<Matcher> issuer =
        CompileMatcher("issuer", rule.issuer, rule.issuer_regexp, regexps);
    if (!issuer.ok()) return base::Annotate(place, issuer.status());
    absl::StatusOr<Matcher> subject =
        CompileMatcher("subject", rule.subject, rule.subject_regexp, regexps);
    if (!subject.ok()) return base::Annotate(place, subject.status());
    const absl::Status extensions = CheckExtensions(rule);
    if (!extensions.ok()) return base::Annotate(place, extensions);
    identities.compiled_.push_back({*std::move(issuer), *std::move(subject)});
  }
  identities.rules_ = std::move(rules);
  return identities;
}

const std::string* Identities::Compiled::FindSubject(const CertificateIdentity& identity) const {
  if (identity.issuer.empty() || !issuer.Matches(identity.issuer)) return nullptr;
  for (const std::string& name : identity.subjects) {
    if (subject.Matches(name)) return &name;
  }
  return nullptr;
}

const std::string* Identities::FindSubject(const CertificateIdentity& identity) const {
  for (size_t i = 0; i < compiled_.size(); ++i) {
    if (FindOther(rules_[i], identity) != nullptr) continue;
    if (const std::string* subject = compiled_[i].FindSubject(identity)) return subject;
  }
  return nullptr;
}

const std::string* Identities::FindOtherExtension(const CertificateIdentity& identity) const {
  const std::string* other = nullptr;
  for (size_t i = 0; i < compiled_.size(); ++i) {
    if (compiled_[i].FindSubject(identity) == nullptr) continue;
    const std::string* const name = FindOther(rules_[i], identity);
    if (name == nullptr) return nullptr;
    if (other == nullptr) other = name;
  }
  return other;
}

}  // namespace countersign::cosign
