#ifndef COUNTERSIGN_POLICY_SIGSTORE_EVALUATION_FIXTURE_H_
#define COUNTERSIGN_POLICY_SIGSTORE_EVALUATION_FIXTURE_H_

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/json.h"
#include "cosign/test_sigstore.h"
#include "policy/evidence.h"
#include "policy/sigstore/conformance_fixture.h"
#include "policy/sigstore/evidence_fixture.h"

namespace countersign::policy {

// An image, what may be found of it, and one policy.
class SigstoreEvaluationConformance : public SigstoreConformanceTest {
 protected:
  // What is found of an image.
  enum What { kNothing, kByAlice, kByStranger, kKeyless, kUnlogged, kVulnerabilities };

  Evidence Of(What what) {
    if (what == kNothing) return Found({});
    if (what == kByAlice) return SignedBy(alice_);
    if (what == kByStranger) return SignedBy(stranger_);
    TestEvidence evidence = {.seen = {.by_log = what != kUnlogged}};
    evidence.certificates = evidence.logs = &sigstore_;
    if (what == kVulnerabilities) {
      evidence.kept = Kept::kAttestationLayer;
      evidence.statement =
          cosign::WriteTestStatement(image_, "https://cosign.sigstore.dev/attestation/vuln/v1");
    }
    return Found({MakeItem(evidence)});
  }

  // The only policy: `cluster-image-policy`, with these members beside its images.
  void SetPolicy(std::string_view members, std::string_view mode = "") {
    policies_.clear();
    const std::string identities =
        absl::StrCat(R"("identities": [{"issuer": ")", cosign::kTestIssuer, R"(", "subject": ")",
                     cosign::kTestSubject, R"("}])");
    base::Json& object =
        AddPolicy("cluster-image-policy",
                  absl::StrCat(R"({"images": [{"glob": "gcr.io/*/*"}], )",
                               absl::StrReplaceAll(members, {{"$who", identities}}), "}"));
    if (!mode.empty()) object["spec"]["mode"] = mode;
  }

  std::string Distroless() const { return absl::StrCat("gcr.io/distroless/static:nonroot", At()); }
  std::string At() const { return absl::StrCat("@", image_.ToString()); }
  // $image and $name as they are in this image's texts.
  std::string Filled(std::string_view text) const {
    return absl::StrReplaceAll(text, {{"$image", Distroless()},
                                      {"$name", absl::StrCat("gcr.io/distroless/static", At())}});
  }
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_EVALUATION_FIXTURE_H_
