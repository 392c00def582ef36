#include "policy/verification.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <utility>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cosign/claim.h"
#include "cosign/refusal.h"
#include "policy/failures.h"
#include "policy/refusal_words.h"
#include "policy/stipulations.h"

namespace countersign::policy {
namespace {

// Whether what is refused for this reason is refused whoever the signer is. What a layer says of
// witnesses matters only to whoever asks for them, so that it cannot be read says nothing to the others.
bool IsForEverySigner(const cosign::Item& item, cosign::Refused reason) {
  switch (reason) {
    case cosign::Refused::kMalformed:
      return item.witnesses.ok();
    case cosign::Refused::kWrongArtifact:
    case cosign::Refused::kWrongStatement:
      return true;
    default:
      break;
  }
  return false;
}

// The indexes of those that could be read. Whoever may push can copy what somebody else has signed, and add
// witnesses to it until it holds no more and takes much work: what it is a copy of has fewer.
std::vector<size_t> FewestWitnessesFirst(absl::Span<const absl::StatusOr<cosign::ItemPtr>> items) {
  std::vector<std::pair<size_t, size_t>> counted;
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].ok()) counted.emplace_back(cosign::CountWitnesses(**items[i]), i);
  }
  std::sort(counted.begin(), counted.end());
  std::vector<size_t> order;
  order.reserve(counted.size());
  for (const auto& [witnesses, i] : counted) order.push_back(i);
  return order;
}

// Looks at the items of one image.
class Look {
 public:
  using Items = absl::Span<const absl::StatusOr<cosign::ItemPtr>>;

  Look(Items items, const oci::Digest& image, absl::Span<const Asked> asked, absl::Time now,
       Prove prove)
      : items_(items),
        image_(image),
        now_(now),
        prove_(prove),
        order_(FewestWitnessesFirst(items)),
        failures_(items, asked) {
    for (const Asked& one : asked) unfit_.try_emplace(one.predicate_type, items.size());
  }

  // The first item in that order that is what is asked for, with this index; nullopt if there is none.
  absl::StatusOr<std::optional<VerifiedItem>> Find(const Asked& asked, size_t index) {
    const cosign::Claim claim = {.image = image_, .predicate_type = asked.predicate_type};
    std::vector<std::optional<cosign::Refusal>>& unfit = unfit_.at(asked.predicate_type);
    std::vector<std::pair<size_t, cosign::Refusal>> refused;
    for (const size_t i : order_) {
      if (unfit[i].has_value()) {
        if (asked.is_told_apart) refused.emplace_back(i, *unfit[i]);
        continue;
      }
      const cosign::Item& item = **items_[i];
      CS_ASSIGN_OR_RETURN(const OutcomePtr outcome, prove_(item, claim, *asked.signer));
      if (const auto* const proof = std::get_if<cosign::Verified>(outcome.get())) {
        const std::optional<std::string> unmet = FindUnmet(asked, item);
        if (!unmet.has_value()) {
          return VerifiedItem{.signer = index, .item = i, .form = item.form, .proof = *proof};
        }
        Refuse(asked, i, {.reason = cosign::Refused::kUnmet, .sentence = *unmet}, refused);
        continue;
      }
      const auto& refusal = std::get<cosign::Refusal>(*outcome);
      if (IsForEverySigner(item, refusal.reason)) unfit[i] = refusal;
      Refuse(asked, i, refusal, refused);
    }
    if (asked.is_told_apart) TellApart(asked, index, refused);
    return std::nullopt;
  }

  // By the indexes of those that are told apart, and of which there is no item.
  std::map<size_t, ToldApart> TakeToldApart() { return std::move(told_apart_); }

  // Says why none of those that were looked at holds.
  void Explain(bool were_all_tried, Verification& result) const {
    const auto is_told = [this, were_all_tried](size_t i) {
      return were_all_tried || IsUnfitForAll(i);
    };
    result.failures = failures_.Phrases(is_told);
    result.others = failures_.CountOthers(is_told);
    result.may_be_more_others = failures_.MayBeMoreOthers();
  }

 private:
  bool IsUnfitForAll(size_t i) const {
    return !items_[i].ok() || absl::c_all_of(unfit_, [i](const auto& of_type) {
      return of_type.second[i].has_value();
    });
  }

  // What an item that holds does not say, and must; nullopt: it says all that.
  std::optional<std::string> FindUnmet(const Asked& asked, const cosign::Item& item) const {
    if (asked.accepts == nullptr) return std::nullopt;
    return WhyUnmet(*asked.accepts, item, image_, now_);
  }

  void Refuse(const Asked& asked, size_t item, const cosign::Refusal& refusal,
              std::vector<std::pair<size_t, cosign::Refusal>>& refused) {
    failures_.Add(item, refusal);
    if (asked.is_told_apart) refused.emplace_back(item, refusal);
  }

  void TellApart(const Asked& asked, size_t index,
                 const std::vector<std::pair<size_t, cosign::Refusal>>& refused) {
    if (told_apart_.size() == kMaxToldApart) return;
    Failures failures(items_, absl::MakeConstSpan(&asked, 1));
    for (const auto& [item, refusal] : refused) failures.Add(item, refusal);
    const auto theirs = [&](size_t i) { return OtherIdentityWords(**items_[i], *asked.signer); };
    told_apart_[index] = {.failures = failures.Phrases([](size_t) { return true; }, theirs),
                          .other_types = failures.OtherTypes()};
  }

  const Items items_;
  const oci::Digest& image_;
  const absl::Time now_;
  const Prove prove_;
  const std::vector<size_t> order_;
  // By the predicate type that is asked for, for each item, why it need not be tried with any signer;
  // nullopt: it is not known that it need not.
  std::map<std::optional<std::string>, std::vector<std::optional<cosign::Refusal>>> unfit_;
  Failures failures_;
  std::map<size_t, ToldApart> told_apart_;
};

// The indexes of those that are asked for, from the cheapest on.
std::vector<size_t> CheapestFirst(absl::Span<const Asked> asked) {
  std::vector<size_t> order(asked.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [asked](size_t a, size_t b) {
    return asked[a].signer->Cost() < asked[b].signer->Cost();
  });
  return order;
}

}  // namespace

Verification VerifyItems(absl::Span<const absl::StatusOr<cosign::ItemPtr>> items,
                         const oci::Digest& image, absl::Span<const Asked> asked, Prove prove,
                         absl::Time now) {
  Verification result;
  if (items.size() > kMaxItems) {
    result.failures.push_back(absl::StrCat("more than ", kMaxItems, " ", WordsFor(asked).item,
                                           "s, so none was looked at"));
    return result;
  }
  Look look(items, image, asked, now, prove);
  for (const size_t index : CheapestFirst(asked)) {
    if (!result.stopped.ok()) break;
    absl::StatusOr<std::optional<VerifiedItem>> found = look.Find(asked[index], index);
    if (!found.ok()) result.stopped = found.status();
    if (found.ok() && found->has_value()) result.verified.push_back(**std::move(found));
  }
  std::sort(result.verified.begin(), result.verified.end(),
            [](const VerifiedItem& a, const VerifiedItem& b) { return a.signer < b.signer; });
  result.told_apart = look.TakeToldApart();
  if (result.verified.empty()) look.Explain(result.stopped.ok(), result);
  return result;
}

}  // namespace countersign::policy
