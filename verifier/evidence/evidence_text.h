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

// A text that others wrote, its JSON, and what is read of it are in memory at the same time: so many
// times its bytes.
inline constexpr size_t kTextCopies = 3;

// Fetches a text of `size` bytes at most, and has `read` make something of it when it is its turn, as
// that may keep a processor busy. Room for all its copies is reserved in `held`, which holds nothing
// yet, before it is asked for; the caller gives back what he does not keep.
//
// Errors are those of `fetch` and `read`; ResourceExhausted where there is no room; Cancelled if it is
// not wanted any more; DeadlineExceeded if it had no turn in time.
absl::Status FetchAndRead(const ImageSource& source, size_t size, base::HeldBytes& held,
                          absl::FunctionRef<absl::StatusOr<std::string>()> fetch,
                          absl::FunctionRef<absl::Status(const std::string&)> read);

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
