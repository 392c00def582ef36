#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_TEST_IMAGES_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_TEST_IMAGES_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cosign/identity.h"
#include "cosign/signer.h"
#include "oci/digest.h"
#include "registry/fake_registry.h"

namespace countersign::verifier {

// The registry that they are put into.
inline constexpr std::string_view kMadeRegistry = "registry.example.org";

// A piece of evidence that cosign has made (testdata/sigstore), and all that it proves.
struct MadeEvidence {
  std::string made_by;  // the command
  std::string form;     // "signature_layer", "attestation_layer" or "bundle"
  // testdata/keys/KEY.pub: whose signature it is; "": that of an identity. The second is the key that
  // the identity's certificate is for, if that is one of them.
  std::string key;
  std::string certified_key;
  cosign::IdentityRule identity;
  std::map<std::string, std::string> extensions;
  // By what trusted root the certificate and the witnesses are judged (testdata/sigstore/TRUST_root.json);
  // "": there are none.
  std::string trust;
  cosign::Witnesses witnesses;  // all that have seen it
  std::vector<uint64_t> log_indexes;
  std::string predicate_type;  // "": it makes no statement
  std::string cosign_refuses;  // what cosign 3 says of it; "": it takes it
};

struct MadeImage {
  std::string name;  // and its repository's path
  oci::Digest digest;
  // Whether its registry has an API for referrers; else they are listed under a tag.
  bool has_referrers_api = false;
  std::vector<MadeEvidence> evidence;  // all that hangs on it
};

// The images of testdata/sigstore. Each is in the registry with all that hangs on it, as it was in the
// one that cosign pushed to, with or without an API for referrers.
std::vector<MadeImage> PutMadeImages(registry::FakeRegistry* registry);

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_TEST_IMAGES_H_
