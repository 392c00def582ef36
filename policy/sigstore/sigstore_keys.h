#ifndef COUNTERSIGN_POLICY_SIGSTORE_SIGSTORE_KEYS_H_
#define COUNTERSIGN_POLICY_SIGSTORE_SIGSTORE_KEYS_H_

#include <string>

#include "policy/sigstore/trust_root_fields.h"

namespace countersign::policy {

// What `spec.sigstoreKeys` of a TrustRoot trusts, as a trusted_root.json (cosign/trusted_root.h):
//   certificateAuthorities[], timestampAuthorities[]: {subject: {organization, commonName}, uri,
//                                                      certChain: base64 of PEM}
//   tLogs[], ctLogs[]: {baseURL, hashAlgorithm, publicKey: base64 of PEM}
// It has no windows: what is in it is trusted for all times. Log ids are those that logs and logs of
// certificates make of their keys; a transparency log with an Ed25519 or RSA key has, besides, those
// that Rekor 2 makes of the key and the URL (cosign::LogKeyId), as nothing says which it is. In a
// chain the signer's certificate comes first and self-issued ones last, in whatever order they are
// written; of several of those, each is the anchor of an authority of its own. Entries of one URL are
// one witness.
//
// Everything that is wrong in every entry is added to the errors of `keys`. Pure.
std::string TrustedRootOfKeys(const TrustRootFields& keys);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_SIGSTORE_KEYS_H_
