#ifndef COUNTERSIGN_POLICY_FAILURES_H_
#define COUNTERSIGN_POLICY_FAILURES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "cosign/item.h"
#include "cosign/refusal.h"
#include "policy/asked.h"

namespace countersign::policy {

// Why none of the items of an image holds, for people. Each is refused for each of those that are
// asked for: of its refusals the one is told that says most about it. That it states something else
// says less than that somebody else made it, which, as it may be anybody's, says less than who that
// is, or what its signature lacks.
class Failures {
 public:
  // `items` must outlive the object.
  Failures(absl::Span<const absl::StatusOr<cosign::ItemPtr>> items, absl::Span<const Asked> asked);

  // The item with this index, which could be read, is refused for one of those.
  void Add(size_t index, const cosign::Refusal& refusal);

  // One phrase for each item to whose index `is_told` says yes, in order ("signature 2 of 3: its
  // payload speaks of sha256:…, not of this image"), printable and short. At most 10; where there are
  // more, the last says how many ("and 5 more").
  std::vector<std::string> Phrases(absl::FunctionRef<bool(size_t)> is_told) const;

 private:
  // How much a refusal says.
  enum class Weight { kNone = 0, kOtherStatement, kOtherSigner, kOtherIdentity, kMost };
  struct Why {
    Weight weight = Weight::kNone;
    std::string sentence;
  };

  static Weight WeightOf(cosign::Refused reason);
  std::string WhyNot(size_t index) const;

  const absl::Span<const absl::StatusOr<cosign::ItemPtr>> items_;
  const AskedWords words_;
  const bool is_key_asked_;
  std::vector<Why> whys_;  // one for each item
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_FAILURES_H_
