#include "verifier/evidence/credential_attempts.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/transient.h"

namespace countersign::verifier {

bool IsRefusal(const absl::Status& status) {
  return absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status);
}

bool EndsSearch(const FoundCredential& credential, const absl::Status& failure) {
  const bool is_counted_out =
      credential.credential.IsAnonymous() && absl::IsResourceExhausted(failure);
  return base::IsTransient(failure) && !is_counted_out;
}

void CredentialAttempts::Add(const FoundCredential& credential, const absl::Status& failure) {
  const bool refused = IsRefusal(failure);
  Note(credential, refused                     ? " (refused)"
                   : absl::IsNotFound(failure) ? " (not found)"
                                               : " (failed)");
  if (refused) {
    if (!refusal_.has_value()) refusal_ = failure;
  } else if (absl::IsNotFound(failure)) {
    not_found_ = failure;
  } else if (!failure_.has_value()) {
    failure_ = failure;
  }
}

void CredentialAttempts::AddUnsigned(const FoundCredential& credential, const oci::Digest& digest) {
  Note(credential, " (no signature)");
  unsigned_ = digest;
}

void CredentialAttempts::AddAnswered(const FoundCredential& credential) {
  Note(credential, " (answered)");
}

std::string CredentialAttempts::Describe(const std::vector<SourceText>& faults,
                                         std::string SourceText::*form) const {
  const auto join = [form](const std::vector<SourceText>& texts, std::string_view separator) {
    return absl::StrJoin(texts, separator, [form](std::string* out, const SourceText& text) {
      absl::StrAppend(out, text.*form);
    });
  };
  std::string how = join(tried_, ", ");
  if (!faults.empty()) absl::StrAppend(&how, "; of no use: ", join(faults, "; "));
  return how;
}

absl::StatusOr<policy::Evidence> CredentialAttempts::Conclude(
    const std::vector<SourceText>& faults) const {
  const std::string how = Describe(faults);
  const auto with_how = [&how](absl::StatusCode code, const absl::Status& status) {
    return absl::Status(code, absl::StrCat(status.message(), "; credentials tried: ", how));
  };
  // A failure that is no refusal may have hidden a signature, so it outweighs having seen none.
  if (failure_.has_value()) return with_how(failure_->code(), *failure_);
  if (unsigned_.has_value()) {
    return policy::Evidence{.digest = *unsigned_, .how = how};
  }
  if (not_found_.has_value()) return with_how(absl::StatusCode::kNotFound, *not_found_);
  if (refusal_.has_value()) return with_how(absl::StatusCode::kUnauthenticated, *refusal_);
  return absl::InternalError("no credential was tried, not even anonymous");
}

void CredentialAttempts::Note(const FoundCredential& credential, std::string_view what) {
  tried_.push_back(
      {absl::StrCat(credential.source.shown, what), absl::StrCat(credential.source.logged, what)});
}

}  // namespace countersign::verifier
