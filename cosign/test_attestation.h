#ifndef COUNTERSIGN_COSIGN_TEST_ATTESTATION_H_
#define COUNTERSIGN_COSIGN_TEST_ATTESTATION_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cosign/item.h"
#include "cosign/test_sigstore.h"
#include "oci/digest.h"

namespace countersign::cosign {

// An attestation as cosign before bundles keeps it in a layer, for tests only: what the layer is,
// and its annotations. A test may change both.
struct TestAttestation {
  std::string blob;
  std::map<std::string, std::string> annotations;

  oci::Digest digest() const { return oci::Digest::Of(blob); }
  // As it is read.
  absl::StatusOr<ItemPtr> Read() const;
};

inline constexpr std::string_view kTestPredicateType = "https://slsa.dev/provenance/v1";

// What somebody attests of the image.
Envelope TestAttestedEnvelope(const oci::Digest& image = TestImage(),
                              std::string_view predicate_type = kTestPredicateType);

enum class TestStamped { kEnvelope, kSignature };

// What `cosign attest` makes of the envelope of `signing`, with what its witnesses, Rekor 1 and the
// timestamp authority, say; cosign before 3 has the whole envelope stamped. `others` are signatures
// (raw bytes) that stand in the envelope before this one.
TestAttestation Attest(TestSigstore& sigstore, TestSigning signing,
                       TestStamped stamped = TestStamped::kEnvelope,
                       std::vector<std::string> others = {});

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_TEST_ATTESTATION_H_
