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

namespace countersign::policy {
namespace {

constexpr size_t kMaxFailures = 10;
// Of what others wrote, in one failure.
constexpr size_t kMaxQuotedBytes = 200;

// Whether what is refused for this reason is refused whoever the signer is.
bool IsForEverySigner(cosign::Refused reason) {
  switch (reason) {
    case cosign::Refused::kMalformed:
    case cosign::Refused::kWrongArtifact:
    case cosign::Refused::kWrongStatement:
      return true;
    default:
      break;
  }
  return false;
}

// Looks at the items of one image.
class Look {
 public:
  using Items = absl::Span<const absl::StatusOr<cosign::ItemPtr>>;

  Look(Items items, const cosign::Claim& claim, Prove prove)
      : items_(items), claim_(claim), prove_(prove), unfit_(items.size()) {
    for (size_t i = 0; i < items.size(); ++i) {
      if (items[i].ok()) continue;
      unfit_[i] = base::Printable(items[i].status().message(), kMaxQuotedBytes);
    }
  }

  // The first item that holds by the signer at this place; nullopt if there is none.
  absl::StatusOr<std::optional<VerifiedItem>> FindItemBy(const cosign::Signer& signer,
                                                         size_t place) {
    for (size_t i = 0; i < unfit_.size(); ++i) {
      if (unfit_[i].has_value()) continue;
      CS_ASSIGN_OR_RETURN(const OutcomePtr outcome, prove_(**items_[i], claim_, signer));
      if (const auto* const proof = std::get_if<cosign::Verified>(outcome.get())) {
        return VerifiedItem{.signer = place, .item = i, .proof = *proof};
      }
      const auto& refusal = std::get<cosign::Refusal>(*outcome);
      if (IsForEverySigner(refusal.reason)) unfit_[i] = refusal.sentence;
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
  const Items items_;
  const cosign::Claim& claim_;
  const Prove prove_;
  // For each item, why it need not be tried with any signer, once that is known.
  std::vector<std::optional<std::string>> unfit_;
};

// The places of the signers, from the cheapest on.
std::vector<size_t> CheapestFirst(absl::Span<const cosign::SignerPtr> signers) {
  std::vector<size_t> order(signers.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [signers](size_t a, size_t b) {
    return signers[a]->Cost() < signers[b]->Cost();
  });
  return order;
}

}  // namespace

Verification VerifyItems(absl::Span<const absl::StatusOr<cosign::ItemPtr>> items,
                         const cosign::Claim& claim, absl::Span<const cosign::SignerPtr> signers,
                         Prove prove) {
  Verification result;
  if (items.size() > kMaxItems) {
    result.failures.push_back(
        absl::StrCat("more than ", kMaxItems, " signatures, so none was looked at"));
    return result;
  }
  Look look(items, claim, prove);
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
