#ifndef COUNTERSIGN_COSIGN_TEST_SIGSTORE_JSON_H_
#define COUNTERSIGN_COSIGN_TEST_SIGSTORE_JSON_H_

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "cosign/bundle.h"
#include "cosign/dsse.h"
#include "cosign/trusted_root.h"

namespace countersign::cosign {

// What Sigstore's clients write, for tests only: values of JSON, which a test may change before it
// writes them.

// What ParseBundle reads as this bundle. Where the version has chains, the certificate is the only
// one of its chain.
base::Json TestBundleJson(const Bundle& bundle);

// What ParseSignedEnvelope reads as this envelope with these signatures (raw bytes).
base::Json TestEnvelopeJson(const Envelope& envelope, const std::vector<std::string>& signatures);

// The annotations by which cosign before bundles keeps the same beside a signature in a layer
// (cosign/layer_witnesses.h): the certificate, the first entry, the first timestamp.
std::map<std::string, std::string> TestLayerAnnotations(const Bundle& bundle);

// What ParseTrustedRoot reads as this root.
base::Json TestTrustedRootJson(const TrustedRoot& root);

}  // namespace countersign::cosign

#endif  // COUNTERSIGN_COSIGN_TEST_SIGSTORE_JSON_H_
