#ifndef COUNTERSIGN_TUF_VERIFICATION_H_
#define COUNTERSIGN_TUF_VERIFICATION_H_

#include <optional>
#include <string_view>
#include <variant>

#include "absl/time/time.h"
#include "tuf/failure.h"
#include "tuf/metadata.h"
#include "tuf/signatures.h"

namespace countersign::tuf {

// Each file of an update, held against what is trusted already (TUF specification 1.0, sections 5.3
// to 5.7). Sentences are phrases about the file ("it expired at …"), without its name. All pure. The
// signatures that are checked are taken of `budget`, that of the whole update: kLimit where there are
// no more.

// A root by which an update begins: somebody vouches for it, and it is only checked that it is whole,
// by its own signatures. It may have expired.
std::variant<Failure, Root> VerifyFirstRoot(std::string_view bytes, SignatureBudget& budget);

// The root that follows on `before`: signed as both say, and of the next version. Whether it has
// expired does not matter for those between the first and the last.
std::variant<Failure, Root> VerifyNextRoot(std::string_view bytes, const Root& before,
                                           SignatureBudget& budget);

// A timestamp; `before` is the one that was trusted until now, or null. One of the same version is
// no failure, and is to be thrown away: `before` stays.
std::variant<Failure, Timestamp> VerifyTimestamp(std::string_view bytes, const Root& root,
                                                 const Timestamp* before, SignatureBudget& budget);

// The snapshot that a timestamp speaks of as `info`; `before` is one that was trusted, or null. It
// has not expired at `now`.
std::variant<Failure, Snapshot> VerifySnapshot(std::string_view bytes, const Root& root,
                                               const FileInfo& info, const Snapshot* before,
                                               absl::Time now, SignatureBudget& budget);

// The targets that a snapshot speaks of as `info`, read for the target of that name. They have not
// expired at `now`.
std::variant<Failure, Targets> VerifyTargets(std::string_view bytes, const Root& root,
                                             const FileInfo& info, std::string_view target,
                                             absl::Time now, SignatureBudget& budget);

// Whether the bytes have the length and the hashes, as far as there are any. Nullopt: they have.
std::optional<Failure> CheckBytes(std::string_view bytes, const FileInfo& info);

// Metadata hold before the moment at which they expire. Nullopt: these hold.
std::optional<Failure> CheckNotExpired(const Metadata& metadata, absl::Time now);

// Whether enough keys of the role signed it. Nullopt: they did.
std::optional<Failure> CheckSigned(const Metadata& metadata, const Role& role,
                                   SignatureBudget& budget);

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_VERIFICATION_H_
