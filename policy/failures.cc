#include "policy/failures.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"

namespace countersign::policy {
namespace {

constexpr size_t kMaxFailures = 10;
// Of what others wrote, in one failure.
constexpr size_t kMaxQuotedBytes = 200;

}  // namespace

Failures::Failures(absl::Span<const absl::StatusOr<cosign::ItemPtr>> items,
                   absl::Span<const Asked> asked)
    : items_(items),
      words_(WordsFor(asked)),
      is_key_asked_(
          absl::c_any_of(asked, [](const Asked& one) { return one.signer->key() != nullptr; })),
      whys_(items.size()) {}

Failures::Weight Failures::WeightOf(cosign::Refused reason) {
  switch (reason) {
    case cosign::Refused::kWrongStatement:
      return Weight::kOtherStatement;
    case cosign::Refused::kBadSignature:
    case cosign::Refused::kWrongMaterial:
      return Weight::kOtherSigner;
    case cosign::Refused::kWrongIdentity:
      return Weight::kOtherIdentity;
    default:
      break;
  }
  return Weight::kMost;
}

void Failures::Add(size_t index, const cosign::Refusal& refusal) {
  const Weight weight = WeightOf(refusal.reason);
  if (weight <= whys_[index].weight) return;
  whys_[index] = {.weight = weight, .sentence = refusal.sentence};
}

std::string Failures::WhyNot(size_t index) const {
  if (!items_[index].ok()) {
    return base::Printable(items_[index].status().message(), kMaxQuotedBytes);
  }
  const Why& why = whys_[index];
  // Of each of many keys there is nothing to say.
  const bool is_of_no_key = why.weight == Weight::kOtherSigner && is_key_asked_;
  if (why.weight == Weight::kNone || is_of_no_key) {
    return absl::StrCat("none of the ", words_.signers, " made it");
  }
  return why.sentence;
}

std::vector<std::string> Failures::Phrases(absl::FunctionRef<bool(size_t)> is_told) const {
  std::vector<std::string> phrases;
  size_t count = 0;
  for (size_t i = 0; i < items_.size(); ++i) {
    if (!is_told(i) || ++count > kMaxFailures) continue;
    phrases.push_back(
        absl::StrCat(words_.item, " ", i + 1, " of ", items_.size(), ": ", WhyNot(i)));
  }
  if (count > kMaxFailures) {
    phrases.back() = absl::StrCat("and ", count - (kMaxFailures - 1), " more");
  }
  return phrases;
}

}  // namespace countersign::policy
