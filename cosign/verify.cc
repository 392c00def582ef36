#include "cosign/verify.h"

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "cosign/signed_payload.h"

namespace countersign::cosign {
namespace {

constexpr size_t kMaxFailures = 10;
// Of what others wrote, in one failure.
constexpr size_t kMaxQuotedBytes = 200;

// Whether the payload speaks of `image`; the error is a phrase about the signature.
absl::Status CheckPayload(const Signature& signature, const oci::Digest& image) {
  const absl::StatusOr<SignedPayload> payload = ParseSignedPayload(signature.payload);
  if (!payload.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("its payload cannot be read: ",
                     base::Printable(payload.status().message(), kMaxQuotedBytes)));
  }
  // Exactly, as cosign compares: another case or a missing algorithm is another image.
  if (payload->docker_manifest_digest != image.ToString()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "its payload speaks of ", base::Printable(payload->docker_manifest_digest, kMaxQuotedBytes),
        ", not of this image"));
  }
  return absl::OkStatus();
}

class Failures {
 public:
  explicit Failures(size_t signatures) : signatures_(signatures) {}

  void Add(size_t index, std::string_view why) {
    ++count_;
    if (count_ > kMaxFailures) return;
    phrases_.push_back(absl::StrCat("signature ", index + 1, " of ", signatures_, ": ", why));
  }

  std::vector<std::string> Take() && {
    if (count_ > kMaxFailures) {
      phrases_.back() = absl::StrCat("and ", count_ - (kMaxFailures - 1), " more");
    }
    return std::move(phrases_);
  }

 private:
  size_t signatures_;
  size_t count_ = 0;
  std::vector<std::string> phrases_;
};

}  // namespace

Verification Verify(absl::Span<const absl::StatusOr<Signature>> signatures,
                    const oci::Digest& image, absl::Span<const crypto::PublicKey> keys) {
  Verification result;
  if (signatures.size() > kMaxSignatures) {
    result.failures.push_back(
        absl::StrCat("more than ", kMaxSignatures, " signatures, so none was looked at"));
    return result;
  }
  std::vector<std::optional<VerifiedSignature>> first_by_key(keys.size());
  Failures failures(signatures.size());
  for (size_t i = 0; i < signatures.size(); ++i) {
    if (!signatures[i].ok()) {
      failures.Add(i, base::Printable(signatures[i].status().message(), kMaxQuotedBytes));
      continue;
    }
    const Signature& signature = *signatures[i];
    // Before any key, so that signatures of other images cannot buy public-key work.
    if (const absl::Status why = CheckPayload(signature, image); !why.ok()) {
      failures.Add(i, why.message());
      continue;
    }
    bool holds = false;
    for (size_t k = 0; k < keys.size(); ++k) {
      if (!keys[k].Verifies(signature.payload, signature.signature)) continue;
      holds = true;
      if (!first_by_key[k]) first_by_key[k] = VerifiedSignature(image, k, signature.layer);
    }
    if (!holds) failures.Add(i, "none of the keys made it");
  }
  for (std::optional<VerifiedSignature>& verified : first_by_key) {
    if (verified) result.verified.push_back(*std::move(verified));
  }
  result.failures = std::move(failures).Take();
  return result;
}

}  // namespace countersign::cosign
