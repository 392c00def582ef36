#ifndef COUNTERSIGN_VERIFIER_SERVING_IMAGE_VERIFIER_H_
#define COUNTERSIGN_VERIFIER_SERVING_IMAGE_VERIFIER_H_

#include <atomic>
#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "proto/countersign/v1/verifier.pb.h"
#include "verifier/evidence/allowance.h"
#include "verifier/evidence/examiner.h"
#include "verifier/policies/policy_store.h"

namespace countersign::verifier {

// Which credentials an inquirer has a right to.
enum class CredentialUse {
  kAnonymous,  // none
  kCluster,    // those of the workload that it asks about, and those that serve every workload
};

// Answers the verify API's question, whoever asks it: takes one policy snapshot, and for each
// distinct image asks what must hold, looks at what there is, and judges. Images are looked at in
// parallel; one that needs no look never waits for one that does.
//
// Thread-safe.
class ImageVerifier {
 public:
  struct Options {
    bool allow_unmatched_images = false;
    // Images that a policy asks about must name their registry.
    bool deny_short_names = false;
    // What one request may take.
    Allowance::Limits allowance;
  };

  // The pointers must outlive the verifier. What registries send is counted in `bytes`.
  ImageVerifier(const PolicyStore* policies, Examiner* examiner, base::ByteBudget* bytes,
                Options options);

  // As documented at the rpc: InvalidArgument for a message that is wrong itself. Everything else
  // is in the verdicts; what is not decided by `deadline` is undecided. `caller` is to whose share
  // the looking is put (base/share.h), and the workload's namespace is the group within it.
  absl::StatusOr<v1::VerifyImagesResponse> VerifyImages(const v1::VerifyImagesRequest& message,
                                                        absl::Time deadline,
                                                        CredentialUse credentials,
                                                        std::string_view caller);

 private:
  const PolicyStore* const policies_;
  Examiner* const examiner_;
  base::ByteBudget* const bytes_;
  const Options options_;
  std::atomic<uint64_t> requests_ = 0;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_IMAGE_VERIFIER_H_
