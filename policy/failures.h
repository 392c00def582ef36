#ifndef COUNTERSIGN_POLICY_FAILURES_H_
#define COUNTERSIGN_POLICY_FAILURES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "cosign/item.h"
#include "cosign/refusal.h"
#include "policy/asked.h"

namespace countersign::policy {

inline constexpr size_t kMaxOtherTypes = 5;

// Why none of the items of an image holds, for people. Each is refused for each of those that are
// asked for: of its refusals the one is told that says most about it. That it states something else
// says less than that somebody else made it, which, as it may be anybody's, says less than who that
// is, or what its signature lacks.
//
// One of which nothing else is known than that it states something else is of another kind: a
// signature where an attestation is asked for, or one of another type. Whatever there is of those,
// the others come first.
class Failures {
 public:
  // `items` must outlive the object.
  Failures(absl::Span<const absl::StatusOr<cosign::ItemPtr>> items, absl::Span<const Asked> asked);

  // The item with this index, which could be read, is refused for one of those.
  void Add(size_t index, const cosign::Refusal& refusal);

  // Of the items to whose index `is_told` says yes, how many are of another kind.
  size_t CountOthers(absl::FunctionRef<bool(size_t)> is_told) const;
  // Whether there may be more of those than items (cosign::UnreadAttestationItem).
  bool MayBeMoreOthers() const { return may_be_more_; }

  // Of those, printable and short: first one phrase for each that is not of another kind, in order
  // and counted without the others ("signature 2 of 3: its payload speaks of sha256:…, not of this
  // image"), at most 10, and 3 KB of what they say; where there are more, the last says how many ("and
  // 5 more"). Then what the others are, at most 4 ("5 of another kind: it is an attestation of the
  // type …, not a signature", "at least 1000 of …" where there may be more).
  //
  // Whoever may push decides about the order of the items and how many there are. So where not all
  // are told it is some of each weight: many that are refused for one reason hide none that is for
  // another. Where keys are asked for and all are signature layers it is the first, as ever.
  std::vector<std::string> Phrases(absl::FunctionRef<bool(size_t)> is_told) const;
  // The same, but of an item whose certificate is somebody else's what `theirs` says of it, if that is
  // anything: the words of another program come first ("none of the expected … (signature 2 of 3)").
  std::vector<std::string> Phrases(absl::FunctionRef<bool(size_t)> is_told,
                                   absl::FunctionRef<std::string(size_t)> theirs) const;

  // Where all of them are of another kind, of which types those are that are attestations: printable, in
  // their order, each once; after the first kMaxOtherTypes "..." for the others. Empty where not all are.
  std::vector<std::string> OtherTypes() const;

 private:
  // How much a refusal says. None: there is no refusal, as nobody was asked for, or it could not be
  // read.
  enum class Weight {
    kNone = 0,
    kOtherStatement,
    kOtherSigner,
    kOtherIdentity,
    kUnfit,  // whoever the signer is
    kMost,
  };
  struct Why {
    Weight weight = Weight::kNone;
    std::string sentence;
  };

  static Weight WeightOf(cosign::Refused reason);
  bool IsOther(size_t index) const;
  std::string WhyNot(size_t index) const;
  // Which of these, in their order, are told.
  std::vector<size_t> Choose(const std::vector<size_t>& indexes) const;
  std::string PhraseOf(size_t index, std::string_view place, size_t max_bytes,
                       absl::FunctionRef<std::string(size_t)> theirs) const;
  std::vector<std::string> OtherKinds(absl::Span<const size_t> indexes) const;

  const absl::Span<const absl::StatusOr<cosign::ItemPtr>> items_;
  const AskedWords words_;
  const bool is_key_asked_;
  const bool may_be_more_;
  std::vector<Why> whys_;  // one for each item
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_FAILURES_H_
