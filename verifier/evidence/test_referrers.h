#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_TEST_REFERRERS_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_TEST_REFERRERS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "cosign/item.h"
#include "cosign/test_signer.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "registry/fake_registry.h"

namespace countersign::verifier {

inline constexpr char kTestBundleType[] = "application/vnd.dev.sigstore.bundle.v0.3+json";

// A Sigstore bundle of version 0.3, as version 3 of `cosign sign --key` makes one without a log.
std::string TestBundle(const cosign::TestSigner& signer, const oci::Digest& image);

// An attestation of this type, as `cosign attest --key` makes one: a DSSE envelope.
std::string TestEnvelope(const cosign::TestSigner& signer, const oci::Digest& image,
                         std::string_view predicate_type);

// The manifest whose layers are these envelopes, as version 2 of cosign pushes it under the attestation
// tag; its blobs are in the registry.
std::string PushEnvelopes(registry::FakeRegistry& registry, const oci::Repository& repository,
                          const std::vector<std::string>& envelopes);

// What refers to an image in a registry in memory, for tests. What is added is in the registry at
// once, and found when it is listed.
class TestReferrers {
 public:
  // `registry` must outlive this.
  TestReferrers(registry::FakeRegistry* registry, oci::Repository repository, oci::Digest image);

  // A manifest with that one blob as a layer of that type, as version 3 of cosign pushes bundles.
  // What the index says of its type is for `artifact_type` to say. Returns its digest.
  oci::Digest AddBlob(const std::string& blob, std::string_view layer_type = kTestBundleType,
                      std::string_view artifact_type = kTestBundleType);
  // The manifest of signatures, as version 2 of cosign pushes it in the mode oci-1-1.
  oci::Digest AddSignatures(const std::vector<cosign::ItemPtr>& signatures);
  // The manifest of envelopes of attestations, as cosign's library pushes it.
  oci::Digest AddAttestations(const std::vector<std::string>& envelopes);
  // A manifest that the test has made.
  oci::Digest AddManifest(const std::string& manifest, std::string_view artifact_type);
  // An entry of the index without a manifest.
  void AddEntry(base::Json entry);

  // Lists by the registry's API, so many on a page; or under the referrers tag.
  void ListByApi(size_t entries_per_page = 1000);
  void ListByTag();

 private:
  registry::FakeRegistry* const registry_;
  const oci::Repository repository_;
  const oci::Digest image_;
  base::Json entries_ = base::Json::array();
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_TEST_REFERRERS_H_
