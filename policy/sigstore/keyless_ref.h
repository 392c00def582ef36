#ifndef COUNTERSIGN_POLICY_SIGSTORE_KEYLESS_REF_H_
#define COUNTERSIGN_POLICY_SIGSTORE_KEYLESS_REF_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_place.h"
#include "policy/problem.h"
#include "policy/sigstore/field_errors.h"
#include "policy/sigstore/key_ref.h"
#include "policy/sigstore/regexp_wording.h"

namespace countersign::policy {

// Whom a certificate must name; "": absent.
struct IdentitySpec {
  std::string issuer;
  std::string subject;
  std::string issuer_regexp;   // "issuerRegExp"
  std::string subject_regexp;  // "subjectRegExp"
  std::optional<Problem> broken;
};

// `keyless` of an authority.
struct KeylessRef {
  // What is there by default has no place in the object: see has_default_url.
  std::optional<std::string> url;
  bool has_default_url = false;
  std::vector<IdentitySpec> identities;
  std::optional<KeyRef> ca_cert;  // "ca-cert"
  std::string trust_root;         // "trustRootRef"
  bool ignores_sct = false;       // "insecureIgnoreSCT"
  std::optional<Problem> broken;
};

// Without the default of the URL.
KeylessRef ReadKeylessRef(const base::JsonPlace& place, std::vector<Problem>& problems);

// Adds what the Policy Controller has against it: see ValidateKeyRef. Pure.
void ValidateKeylessRef(const KeylessRef& keyless, std::string_view installation,
                        std::string_view path, RegexpFaults& regexps, FieldErrors& errors);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_KEYLESS_REF_H_
