#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_TEST_EVIDENCE_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_TEST_EVIDENCE_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cosign/test_sigstore.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "registry/fake_registry.h"
#include "verifier/evidence/test_referrers.h"

namespace countersign::verifier {

// How clients keep evidence about an image in its repository.
enum class TestStorage {
  kTag,               // cosign 2: layers of a manifest under one of the image's tags
  kReferringLayers,   // the same in a manifest that refers to the image
  kReferringBundles,  // cosign 3: Sigstore bundles in such manifests
};

// How what refers to an image is listed: by the registry, or in an index that clients keep.
enum class TestListing { kApi, kTag };

// Evidence about an image in a registry in memory, for tests only, made and kept as clients do.
// What is added is in the registry at once, beside what was there.
class TestEvidence {
 public:
  // `registry` must outlive this. The tags of signatures and attestations begin with `tag_prefix`.
  TestEvidence(registry::FakeRegistry* registry, oci::Repository repository, oci::Digest image,
               TestListing listing, std::string_view tag_prefix = "");

  // A signature, and an attestation: who signs, and by which witnesses, is for `signing` to say,
  // and what is signed, for these. What is said beside an attestation of its type, where nobody
  // has signed it, may be another one.
  void Sign(cosign::TestSigstore& sigstore, cosign::TestSigning signing, TestStorage storage);
  void Attest(cosign::TestSigstore& sigstore, cosign::TestSigning signing, std::string_view type,
              TestStorage storage, const std::optional<std::string>& said_type = std::nullopt);
  // What refers to the image and is neither: an SBOM, another tool's signature, what only says that
  // it is a bundle, and what is listed and nowhere.
  void AddForeign();

  // What is added from now on speaks of another image.
  void SpeakOf(const oci::Digest& image) { subject_ = image; }
  // What is added from now on is there so many times: a layer in its manifest, a bundle in the list.
  void SetCopies(size_t copies) { copies_ = copies; }

 private:
  // A layer, and the blob that it names.
  struct Layer {
    std::string media_type;
    std::string blob;
    std::map<std::string, std::string> annotations;
  };
  // Layers that are kept together under a tag.
  struct Kind {
    std::string tag;
    std::string artifact_type;  // of what refers to the image
    std::vector<Layer> under_tag;
  };

  static std::string WriteManifest(const std::vector<Layer>& layers, std::string_view artifact_type,
                                   std::string_view said_type = "");
  static Layer SignatureLayer(cosign::TestSigstore& sigstore, const cosign::TestSigning& signing);
  static Layer AttestationLayer(cosign::TestSigstore& sigstore, const cosign::TestSigning& signing,
                                std::string_view said_type);
  void AddLayer(const Layer& layer, Kind& kind, TestStorage storage);
  void AddBundle(cosign::TestSigstore& sigstore, const cosign::TestSigning& signing,
                 std::string_view said_type);
  void List();

  registry::FakeRegistry* const registry_;
  const oci::Repository repository_;
  const TestListing listing_;
  oci::Digest subject_;
  size_t copies_ = 1;
  Kind signatures_;
  Kind attestations_;
  TestReferrers referrers_;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_TEST_EVIDENCE_H_
