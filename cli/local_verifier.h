#ifndef COUNTERSIGN_CLI_LOCAL_VERIFIER_H_
#define COUNTERSIGN_CLI_LOCAL_VERIFIER_H_

#include "shim/verifier_client.h"
#include "verifier/serving/image_verifier.h"

namespace countersign::cli {

// A VerifierClient whose verifier is in the same process. Thread-safe.
class LocalVerifier final : public shim::VerifierClient {
 public:
  // `verifier` must outlive this object.
  explicit LocalVerifier(verifier::ImageVerifier* verifier) : verifier_(verifier) {}

  shim::CallResult<v1::VerifyImagesResponse> VerifyImages(const v1::VerifyImagesRequest& request,
                                                          absl::Time deadline) override {
    return {verifier_->VerifyImages(request, deadline, verifier::CredentialUse::kCluster,
                                    /*caller=*/"")};
  }

 private:
  verifier::ImageVerifier* const verifier_;
};

}  // namespace countersign::cli

#endif  // COUNTERSIGN_CLI_LOCAL_VERIFIER_H_
