#include "policy/failures.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "cosign/form.h"
#include "cosign/signature_layer.h"
#include "policy/refusal_words.h"

namespace countersign::policy {
namespace {

constexpr size_t kMaxFailures = 10;
constexpr size_t kMaxOtherKinds = 3;
// Of all failures together, so that long ones leave room for each in a verdict's message.
constexpr size_t kMaxBytes = 3000;
// Of what others wrote, in one failure.
constexpr size_t kMaxQuotedBytes = 200;

bool IsSignatureLayer(const absl::StatusOr<cosign::ItemPtr>& item) {
  return item.ok() && (*item)->form == cosign::Form::kSignatureLayer;
}

bool IsUnread(const absl::StatusOr<cosign::ItemPtr>& item) {
  return item.ok() && (*item)->form == cosign::Form::kUnreadAttestation;
}

// Those with the same sentence.
struct Kind {
  std::string sentence;
  size_t count = 0;
  bool may_be_more = false;

  std::string Count() const { return absl::StrCat(may_be_more ? "at least " : "", count); }
};

}  // namespace

Failures::Failures(absl::Span<const absl::StatusOr<cosign::ItemPtr>> items,
                   absl::Span<const Asked> asked)
    : items_(items),
      words_(WordsFor(asked)),
      is_key_asked_(
          absl::c_any_of(asked, [](const Asked& one) { return one.signer->key() != nullptr; })),
      may_be_more_(static_cast<size_t>(absl::c_count_if(items, IsUnread)) >=
                   cosign::kMaxSignatures),
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
    case cosign::Refused::kMalformed:
    case cosign::Refused::kWrongArtifact:
      return Weight::kUnfit;
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

bool Failures::IsOther(size_t index) const {
  return whys_[index].weight == Weight::kOtherStatement;
}

size_t Failures::CountOthers(absl::FunctionRef<bool(size_t)> is_told) const {
  size_t count = 0;
  for (size_t i = 0; i < items_.size(); ++i) {
    if (IsOther(i) && is_told(i)) ++count;
  }
  return count;
}

std::vector<size_t> Failures::Choose(const std::vector<size_t>& indexes) const {
  if (indexes.size() <= kMaxFailures) return indexes;
  constexpr size_t kMaxChosen = kMaxFailures - 1;
  const bool are_first_told = is_key_asked_ && absl::c_all_of(indexes, [this](size_t i) {
                                return !items_[i].ok() || IsSignatureLayer(items_[i]);
                              });
  if (are_first_told) return {indexes.begin(), indexes.begin() + kMaxChosen};
  std::map<Weight, std::vector<size_t>, std::greater<>> by_weight;
  for (const size_t i : indexes) by_weight[whys_[i].weight].push_back(i);
  std::vector<size_t> chosen;
  for (size_t round = 0; chosen.size() < kMaxChosen; ++round) {
    for (const auto& [weight, of_weight] : by_weight) {
      if (round < of_weight.size() && chosen.size() < kMaxChosen) {
        chosen.push_back(of_weight[round]);
      }
    }
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::vector<std::string> Failures::OtherKinds(absl::Span<const size_t> indexes) const {
  std::vector<Kind> kinds;
  Kind more;
  for (const size_t i : indexes) {
    const std::string& sentence = whys_[i].sentence;
    auto kind =
        absl::c_find_if(kinds, [&](const Kind& known) { return known.sentence == sentence; });
    if (kind == kinds.end() && kinds.size() < kMaxOtherKinds) {
      kind = kinds.insert(kind, Kind{.sentence = sentence});
    }
    Kind& counted = kind == kinds.end() ? more : *kind;
    ++counted.count;
    if (may_be_more_ && IsUnread(items_[i])) counted.may_be_more = true;
  }
  std::vector<std::string> phrases;
  for (const Kind& kind : kinds) {
    phrases.push_back(absl::StrCat(kind.Count(), " of another kind: ", kind.sentence));
  }
  if (more.count > 0) {
    phrases.push_back(absl::StrCat("and ", more.Count(), " more of another kind"));
  }
  return phrases;
}

std::vector<std::string> Failures::OtherTypes() const {
  std::vector<std::string> types;
  for (size_t i = 0; i < items_.size(); ++i) {
    if (!IsOther(i)) return {};
    std::optional<std::string> type = StatedType(**items_[i]);
    if (!type.has_value() || absl::c_linear_search(types, *type)) continue;
    // That all are of another kind is still to be found out.
    if (types.size() < kMaxOtherTypes) {
      types.push_back(*std::move(type));
    } else if (types.size() == kMaxOtherTypes) {
      types.push_back("...");
    }
  }
  return types;
}

std::string Failures::PhraseOf(size_t index, std::string_view place, size_t max_bytes,
                               absl::FunctionRef<std::string(size_t)> theirs) const {
  if (whys_[index].weight == Weight::kOtherIdentity) {
    const std::string words = theirs(index);
    if (!words.empty()) return absl::StrCat(base::Printable(words, max_bytes), " (", place, ")");
  }
  return absl::StrCat(place, ": ", base::Printable(WhyNot(index), max_bytes));
}

std::vector<std::string> Failures::Phrases(absl::FunctionRef<bool(size_t)> is_told) const {
  return Phrases(is_told, [](size_t) { return std::string(); });
}

std::vector<std::string> Failures::Phrases(absl::FunctionRef<bool(size_t)> is_told,
                                           absl::FunctionRef<std::string(size_t)> theirs) const {
  std::vector<size_t> told;
  std::vector<size_t> others;
  std::vector<size_t> numbers(items_.size());
  size_t count = 0;
  for (size_t i = 0; i < items_.size(); ++i) {
    if (IsOther(i) && is_told(i)) {
      others.push_back(i);
      continue;
    }
    numbers[i] = ++count;
    if (is_told(i)) told.push_back(i);
  }
  const std::vector<size_t> chosen = Choose(told);
  const size_t max_bytes = kMaxBytes / std::max<size_t>(chosen.size(), 1);
  std::vector<std::string> phrases;
  for (const size_t i : chosen) {
    const std::string place = absl::StrCat(words_.item, " ", numbers[i], " of ", count);
    phrases.push_back(PhraseOf(i, place, max_bytes, theirs));
  }
  if (chosen.size() < told.size()) {
    phrases.push_back(absl::StrCat("and ", told.size() - chosen.size(), " more"));
  }
  absl::c_move(OtherKinds(others), std::back_inserter(phrases));
  return phrases;
}

}  // namespace countersign::policy
