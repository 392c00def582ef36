#ifndef COUNTERSIGN_POLICY_RULES_UNMET_H_
#define COUNTERSIGN_POLICY_RULES_UNMET_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "policy/rules/condition.h"

namespace countersign::policy {

inline constexpr size_t kMaxDocumentBytes = 8 << 20;
inline constexpr int kMaxDocumentDepth = 64;
// Of values that are kept of a document: the elements of lists that paths lead through, and what is
// wanted of them.
inline constexpr size_t kMaxDocumentValues = 1 << 17;
// What is compared of a document for all conditions together, about; a byte that an expression is
// matched with counts four times.
inline constexpr size_t kMaxComparedBytes = 64 << 20;

// Why conditions do not hold in an in-toto statement whose signature has been verified and which
// speaks of the image, but which may say anything else: a sentence each, in their order, printable and
// short, with where it is, what is there, and what was wanted ("/predicate/builder/id is "x", and must
// be "y""). Empty: all hold.
//
// The document is read strictly: one JSON object, no member twice at any depth, within the limits
// above. Of what cannot be read, or holds more, no condition holds, and one sentence says why for all of
// them. Kept are only the values that paths lead to, of a list as many as it has elements, which takes
// some 30 MB beside the document at the very most; while a long one is judged, others of the process
// wait (base/large_text_turn.h).
//
// `now` is the moment of the request: what is remembered of a document must be judged anew. Pure.
std::vector<std::string> FindUnmet(absl::Span<const Condition> conditions,
                                   std::string_view document_json, absl::Time now);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_RULES_UNMET_H_
