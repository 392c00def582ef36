#include "policy/verification.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status_macros.h"

namespace countersign::cosign {
namespace {

constexpr size_t kMaxFailures = 10;
// Of what others wrote, in one failure.
constexpr size_t kMaxQuotedBytes = 200;
// So much of a payload is parsed in the time of one unit.
constexpr size_t kBytesParsedPerUnit = 16 << 10;

// Looks at the signatures of one image.
class Examination {
 public:
  using Signatures = absl::Span<const absl::StatusOr<Signature>>;

  Examination(Signatures signatures, const oci::Digest& image, const Spend& spend)
      : signatures_(signatures), image_(image), spend_(spend) {}

  // Finds the signatures that speak of the image, before any key is tried, so that those of other
  // images cannot buy public-key work.
  absl::Status ReadPayloads() {
    const Payload* last = nullptr;
    for (const absl::StatusOr<Signature>& signature : signatures_) {
      if (!signature.ok()) {
        unfit_.push_back(
            absl::Status(signature.status().code(),
                         base::Printable(signature.status().message(), kMaxQuotedBytes)));
        continue;
      }
      const Payload* payload = signature->payload.get();
      if (payload != last) {
        CS_RETURN_IF_ERROR(Pay(payload->bytes().size() / kBytesParsedPerUnit));
      }
      last = payload;
      unfit_.push_back(payload->CheckSpeaksOf(image_));
    }
    return absl::OkStatus();
  }

  // The first signature that the key made; nullopt if there is none.
  absl::StatusOr<std::optional<size_t>> FindSignatureBy(const crypto::PublicKey& key) const {
    for (size_t i = 0; i < unfit_.size(); ++i) {
      if (!unfit_[i].ok()) continue;
      const Payload& payload = *signatures_[i]->payload;
      CS_RETURN_IF_ERROR(Pay(key.Cost(payload.bytes().size(), signatures_[i]->signature.size())));
      if (key.Verify(payload.message(), signatures_[i]->signature,
                     crypto::EcdsaEncoding::kDerOrP1363)) {
        return i;
      }
    }
    return std::nullopt;
  }

  // Why none of those that were looked at holds.
  std::vector<std::string> Failures(bool were_all_tried) const {
    std::vector<std::string> phrases;
    size_t count = 0;
    for (size_t i = 0; i < unfit_.size(); ++i) {
      if (unfit_[i].ok() && !were_all_tried) continue;
      if (++count > kMaxFailures) continue;
      phrases.push_back(
          absl::StrCat("signature ", i + 1, " of ", signatures_.size(), ": ",
                       unfit_[i].ok() ? "none of the keys made it" : unfit_[i].message()));
    }
    if (count > kMaxFailures) {
      phrases.back() = absl::StrCat("and ", count - (kMaxFailures - 1), " more");
    }
    return phrases;
  }

 private:
  absl::Status Pay(size_t units) const {
    return spend_ == nullptr || units == 0 ? absl::OkStatus() : spend_(units);
  }

  const Signatures signatures_;
  const oci::Digest& image_;
  const Spend& spend_;
  // For each signature, why it need not be tried with any key.
  std::vector<absl::Status> unfit_;
};

// The places of the keys, from the cheapest on.
std::vector<size_t> CheapestFirst(absl::Span<const crypto::PublicKey> keys) {
  std::vector<size_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [keys](size_t a, size_t b) { return keys[a].Cost() < keys[b].Cost(); });
  return order;
}

}  // namespace

Verification Verify(absl::Span<const absl::StatusOr<Signature>> signatures,
                    const oci::Digest& image, absl::Span<const crypto::PublicKey> keys,
                    const Spend& spend) {
  Verification result;
  if (signatures.size() > kMaxSignatures) {
    result.failures.push_back(
        absl::StrCat("more than ", kMaxSignatures, " signatures, so none was looked at"));
    return result;
  }
  Examination examination(signatures, image, spend);
  result.stopped = examination.ReadPayloads();
  for (const size_t k : CheapestFirst(keys)) {
    if (!result.stopped.ok()) break;
    const absl::StatusOr<std::optional<size_t>> found = examination.FindSignatureBy(keys[k]);
    if (!found.ok()) result.stopped = found.status();
    if (found.ok() && found->has_value()) {
      result.verified.push_back(VerifiedSignature(image, k, **found));
    }
  }
  std::sort(result.verified.begin(), result.verified.end(),
            [](const VerifiedSignature& a, const VerifiedSignature& b) {
              return a.key_index() < b.key_index();
            });
  if (result.verified.empty()) result.failures = examination.Failures(result.stopped.ok());
  return result;
}

}  // namespace countersign::cosign
