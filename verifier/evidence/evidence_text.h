#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_TEXT_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/byte_budget.h"
#include "verifier/evidence/image_source.h"

namespace countersign::verifier {

// How many times its bytes a text that others wrote takes while it is read. That is the most of
//   1 the text + 1 what is kept of its JSON + 1 the texts taken of that, of which a base64 has 3/4
//   1 the text of a bundle + 1 a copy of it to make its id of + 1 the texts taken of it
//   1 the text of an attestation, where it may be stamped + 3/4 its payload + 3/4 what is signed
//   1 that text + 3/4 what is signed + 3/4 JSON of a statement's subjects + 3/4 the subjects
// where the last is a quarter more if one subject is nearly all there is. To it comes what a parser
// takes beside the bytes: for 10,000 values some 3 MiB, and of a bundle its longest string twice. That
// and the quarter are there only in the turn of one text, so once in the process. (The command's tree
// has a text that several layers name once more, until each of them has been read.)
inline constexpr size_t kTextCopies = 3;

// Fetches a text of `size` bytes at most, and has `read` make something of it when it is its turn, as
// that may keep a processor busy; the text is then its own, to let go. Room for all its copies is reserved in `held`, which holds nothing
// yet, before it is asked for; the caller gives back what he does not keep.
//
// Errors are those of `fetch` and `read`; ResourceExhausted where there is no room; Cancelled if it is
// not wanted any more; DeadlineExceeded if it had no turn in time.
absl::Status FetchAndRead(const ImageSource& source, size_t size, base::HeldBytes& held,
                          absl::FunctionRef<absl::StatusOr<std::string>()> fetch,
                          absl::FunctionRef<absl::Status(std::string)> read);

// Holds so much from now on, whatever was held: what was made of a text is here. ResourceExhausted if
// there is no room for more, which nobody waits for.
absl::Status HoldJust(size_t bytes, base::HeldBytes& held);

// The error that stands for one piece of evidence: `what` could not be read. Where the credential was
// refused for it, that is unknown, and no reason to say that there is nothing (Aborted).
absl::Status NotRead(std::string_view what, const absl::Status& why);

// Calls `work(0)` to `work(count - 1)`, eight at a time (base/fan_out.h). Cancelled if before one of
// them nobody waited for it any more: without it nothing is known.
absl::Status ForEachAtOnce(const ImageSource& source, size_t count,
                           absl::FunctionRef<void(size_t)> work);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_EVIDENCE_TEXT_H_
