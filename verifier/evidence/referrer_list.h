#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_REFERRER_LIST_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_REFERRER_LIST_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/byte_budget.h"
#include "oci/digest.h"
#include "verifier/evidence/image_source.h"

namespace countersign::verifier {

// Of the manifests that refer to an image no more are looked at.
inline constexpr size_t kMaxReferrers = 200;
// Nor are more pages of the list of them read.
inline constexpr size_t kMaxReferrerPages = 10;

// A manifest that is said to refer to an image. What it holds, only its bytes say.
struct Referrer {
  oci::Digest digest;
  size_t size = 0;
  std::string data;  // it, where the list embeds it (oci::Descriptor::data); else empty
};

struct ReferrerList {
  // At most kMaxReferrers, none twice: those first that are said to be Sigstore bundles, then those
  // of which nothing is said, or that they are cosign's, then the others; each in the order of the
  // list.
  std::vector<Referrer> manifests;
  // They are listed under the image's referrers tag, not by the registry's API.
  bool by_tag = false;
  // What of the list could not be read, or is not looked at. Those that are base::IsTransient leave
  // unknown what else there is; of these, Aborted says that a limit was reached.
  std::vector<absl::Status> faults;
  // Hold what is embedded of them, which the look keeps (Looking::Keep).
  std::vector<std::shared_ptr<base::HeldBytes>> held;
};

// What is done about indexes among them, which have no layers, in which evidence is.
enum class Indexes { kLeftOut, kListed };

// Lists what refers to an image (OCI distribution specification 1.1, "Listing Referrers"): by the
// registry's API, and where it has none, or that knows of nothing, by the index that clients keep
// under the image's referrers tag. Nothing is no error; nor is a list that cannot be understood, or of
// which only some pages can be read: these are faults beside what can be. Of a page that the registry
// has made, they leave unknown what else there is; an index under the tag, and an entry, are what
// somebody has pushed, and hold nothing if they cannot be understood.
//
// Errors are those of the registry about the first page, or the tag (registry/registry.h), except
// NotFound; ResourceExhausted where there is no room; Cancelled if it was not wanted any more,
// DeadlineExceeded if it had no turn in time.
absl::StatusOr<ReferrerList> ListReferrers(const ImageSource& source,
                                           Indexes indexes = Indexes::kLeftOut);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_REFERRER_LIST_H_
