#ifndef COUNTERSIGN_POLICY_SIGSTORE_CHECK_SETTINGS_H_
#define COUNTERSIGN_POLICY_SIGSTORE_CHECK_SETTINGS_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "policy/sigstore/public_instance.h"

namespace countersign::policy {

// What a trust root can say about when something was signed.
struct TrustRootAbilities {
  bool has_logs = false;
  bool has_timestamp_authorities = false;
};

// What is known besides the object.
struct CheckSettings {
  // The addresses of the certificate authorities, and of the logs, of the trust root that holds where
  // none is named; as shipped, Sigstore's public ones.
  std::vector<std::string> default_authorities = {std::string(kPublicFulcio)};
  std::vector<std::string> default_logs = {std::string(kPublicRekor)};
  // Of TrustRoots, by name. Nothing is said about what others lack.
  std::map<std::string, TrustRootAbilities, std::less<>> trust_roots;
  // The URIs of keys of a key management service whose public keys the verifier has.
  std::set<std::string, std::less<>> kms_keys;
  // It is not known which it has: whatever is named is taken to be there.
  bool has_every_kms_key = false;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_CHECK_SETTINGS_H_
