#ifndef COUNTERSIGN_KUBE_ADMISSION_ADMISSION_REVIEW_H_
#define COUNTERSIGN_KUBE_ADMISSION_ADMISSION_REVIEW_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "base/json_parts.h"
#include "base/json_quick.h"

namespace countersign::kube {

struct GroupVersionKind {
  std::string group;  // "" for core
  std::string version;
  std::string kind;
  // "apps/v1 Deployment", "v1 Pod".
  std::string ToString() const;
  friend bool operator==(const GroupVersionKind&, const GroupVersionKind&) = default;
};

struct GroupVersionResource {
  std::string group;  // "" for core
  std::string version;
  std::string resource;  // the plural, in lower case: "deployments"
  friend bool operator==(const GroupVersionResource&, const GroupVersionResource&) = default;
};

// The request of an AdmissionReview, admission.k8s.io/v1 or v1beta1 (Kubernetes API,
// k8s.io/api/admission).
struct AdmissionRequest {
  // "admission.k8s.io/v1" or "admission.k8s.io/v1beta1": the answer speaks the same.
  std::string api_version;
  std::string uid;
  // What `object` is written as.
  GroupVersionKind kind;
  // What that is a kind of, as the API server says it. Where it does not, as a review that a person
  // wrote may not: guessed of the kind (kube/admission/plural.h).
  GroupVersionResource resource;
  std::string sub_resource;       // "" for the object itself
  std::string name;               // "" where it is generated later
  std::string request_namespace;  // "" for cluster-scoped objects
  std::string operation;          // "CREATE", "UPDATE", "DELETE", "CONNECT"
  bool dry_run = false;
  base::Json object;      // an object; null for DELETE
  base::Json old_object;  // an object; null for CREATE
  // Whether `object` and `old_object` have all that was wanted of them (see kMaxReviewValues).
  bool is_complete = true;
  size_t memory_bytes = 0;  // what all of this takes, about
};

// Largest review that is read, and deepest nesting in it.
inline constexpr size_t kMaxReviewBytes = 8 << 20;
inline constexpr int kMaxReviewDepth = 256;
// What is held while a review is read, for each of its bytes, beside what is kept of it.
inline constexpr size_t kReadingPerReviewByte = base::kQuickBytesPerByte;
// How many values are kept of elements and the like (base/json_extract.h). A pod of a thousand
// containers has some thousands.
inline constexpr size_t kMaxReviewValues = 1 << 16;

// Reads AdmissionReviews, always the same parts of their objects. Immutable.
class AdmissionReviewReader {
 public:
  // Of the objects only these parts are kept: whatever else their authors wrote costs no memory.
  explicit AdmissionReviewReader(const base::JsonParts& of_objects);

  // InvalidArgument says in one sentence what is wrong: not JSON (and where), not an AdmissionReview,
  // another apiVersion, no request, no uid (or an over-long one), no kind or operation, no object (but
  // for DELETE and CONNECT), a member of the wrong type.
  absl::StatusOr<AdmissionRequest> Read(std::string_view bytes) const;

 private:
  const base::JsonParts parts_;  // of reviews
};

// Reads one of them; with all of its objects, if nothing is said about parts.
absl::StatusOr<AdmissionRequest> ParseAdmissionReview(std::string_view bytes,
                                                      const base::JsonParts& parts);
absl::StatusOr<AdmissionRequest> ParseAdmissionReview(std::string_view bytes);

// The object, for people: "shop/web (Deployment)", or "shop/web-* (Pod)" while the name is still to be
// generated.
std::string Describe(const AdmissionRequest& request);

// Frees all of the objects but their metadata, once nothing else of them is needed.
void KeepMetadata(AdmissionRequest& request);

// The response of an AdmissionReview. A default one denies.
struct AdmissionResponse {
  bool allowed = false;
  // For a denial: the HTTP status code that the API server's client gets, and the sentence it
  // shows.
  int code = 403;
  std::string message;
  // For a denial with code 422 (Invalid): what is wrong with which field of the object; kubectl
  // shows these instead of the message. Bounded as the message is.
  struct Cause {
    std::string field;  // "spec.verification.keys[0].name"; empty: the object
    std::string message;
  };
  std::vector<Cause> causes = {};
  // Shown to whoever sent the object.
  std::vector<std::string> warnings;
  // A JSON Patch (RFC 6902), as JSON, or "" for none. Not sent with a denial.
  std::string patch;
  // Keys without a prefix (the API server puts the webhook's name in front), values for the audit
  // log. The last value of a key counts.
  std::vector<std::pair<std::string, std::string>> audit_annotations;
};

// Limits of what is sent; what is longer is cut and ends in "…". Those of warnings are the API
// server's own (see the `.cc`).
inline constexpr size_t kMaxMessageBytes = 16 << 10;
inline constexpr size_t kMaxWarningCharacters = 256;
inline constexpr size_t kMaxAllWarningsCharacters = 4096;

// The bytes of the answer to `request`. The same arguments give the same bytes. Control characters
// and what is not UTF-8 never get into the message (but for its line breaks) or a warning; a
// warning is sent once.
std::string WriteAdmissionReview(const AdmissionRequest& request,
                                 const AdmissionResponse& response);

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_ADMISSION_ADMISSION_REVIEW_H_
