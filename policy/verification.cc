#include "policy/verification.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "cosign/refusal.h"
#include "cosign/signature_layer.h"
#include "cosign/verify.h"

namespace countersign::policy {
namespace {

constexpr size_t kMaxFailures = 10;
// Of what others wrote, in one failure.
constexpr size_t kMaxQuotedBytes = 200;

// Looks at the items of one image.
class Look {
 public:
  using Items = absl::Span<const absl::StatusOr<cosign::ItemPtr>>;

  Look(Items items, const cosign::Claim& claim, const Spend& spend)
      : items_(items), claim_(claim), spend_(spend) {}

  // Finds the items that speak of the image, before any signer is tried, so that those of other
  // images cannot buy public-key work.
  absl::Status ReadItems() {
    const cosign::Payload* last = nullptr;
    for (const absl::StatusOr<cosign::ItemPtr>& item : items_) {
      if (!item.ok()) {
        unfit_.push_back(base::Printable(item.status().message(), kMaxQuotedBytes));
        continue;
      }
      const cosign::Payload* payload = (*item)->payload.get();
      if (payload != last) CS_RETURN_IF_ERROR(Pay(cosign::CostToRead(**item)));
      last = payload;
      std::optional<cosign::Refusal> refusal = cosign::FindRefusal(**item, claim_);
      unfit_.push_back(refusal.has_value() ? std::optional(std::move(refusal->sentence))
                                           : std::nullopt);
    }
    return absl::OkStatus();
  }

  // The first item that holds by the signer at this place; nullopt if there is none.
  absl::StatusOr<std::optional<VerifiedItem>> FindItemBy(const cosign::Signer& signer,
                                                         size_t place) const {
    for (size_t i = 0; i < unfit_.size(); ++i) {
      if (unfit_[i].has_value()) continue;
      const cosign::Item& item = **items_[i];
      CS_RETURN_IF_ERROR(Pay(cosign::CostToVerify(item, signer)));
      cosign::Outcome outcome = cosign::Verify(item, claim_, signer);
      if (auto* proof = std::get_if<cosign::Verified>(&outcome)) {
        return VerifiedItem{.signer = place, .item = i, .proof = std::move(*proof)};
      }
    }
    return std::nullopt;
  }

  // Why none of those that were looked at holds.
  std::vector<std::string> Failures(bool were_all_tried) const {
    std::vector<std::string> phrases;
    size_t count = 0;
    for (size_t i = 0; i < unfit_.size(); ++i) {
      if (!unfit_[i].has_value() && !were_all_tried) continue;
      if (++count > kMaxFailures) continue;
      phrases.push_back(absl::StrCat("signature ", i + 1, " of ", items_.size(), ": ",
                                     unfit_[i].value_or("none of the keys made it")));
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

  const Items items_;
  const cosign::Claim& claim_;
  const Spend& spend_;
  // For each item that was read, why it need not be tried with any signer.
  std::vector<std::optional<std::string>> unfit_;
};

// The places of the signers, from the cheapest on.
std::vector<size_t> CheapestFirst(absl::Span<const cosign::SignerPtr> signers) {
  std::vector<size_t> order(signers.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [signers](size_t a, size_t b) {
    return signers[a]->key.Cost() < signers[b]->key.Cost();
  });
  return order;
}

}  // namespace

Verification VerifyItems(absl::Span<const absl::StatusOr<cosign::ItemPtr>> items,
                         const cosign::Claim& claim, absl::Span<const cosign::SignerPtr> signers,
                         const Spend& spend) {
  Verification result;
  if (items.size() > cosign::kMaxSignatures) {
    result.failures.push_back(
        absl::StrCat("more than ", cosign::kMaxSignatures, " signatures, so none was looked at"));
    return result;
  }
  Look look(items, claim, spend);
  result.stopped = look.ReadItems();
  for (const size_t place : CheapestFirst(signers)) {
    if (!result.stopped.ok()) break;
    absl::StatusOr<std::optional<VerifiedItem>> found = look.FindItemBy(*signers[place], place);
    if (!found.ok()) result.stopped = found.status();
    if (found.ok() && found->has_value()) result.verified.push_back(**std::move(found));
  }
  std::sort(result.verified.begin(), result.verified.end(),
            [](const VerifiedItem& a, const VerifiedItem& b) { return a.signer < b.signer; });
  if (result.verified.empty()) result.failures = look.Failures(result.stopped.ok());
  return result;
}

}  // namespace countersign::policy
