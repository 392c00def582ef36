#ifndef COUNTERSIGN_POLICY_SIGSTORE_AUTHORITY_SPEC_H_
#define COUNTERSIGN_POLICY_SIGSTORE_AUTHORITY_SPEC_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_place.h"
#include "policy/problem.h"
#include "policy/sigstore/attestation_spec.h"
#include "policy/sigstore/field_errors.h"
#include "policy/sigstore/key_ref.h"
#include "policy/sigstore/keyless_ref.h"
#include "policy/sigstore/regexp_wording.h"
#include "policy/sigstore/source_spec.h"

namespace countersign::policy {

// `static` of an authority.
struct StaticSpec {
  std::string action;
  std::string message;
  std::optional<Problem> broken;
};

// `ctlog` of an authority, the transparency log.
struct LogSpec {
  std::optional<std::string> url;
  std::string trust_root;  // "trustRootRef"
  std::optional<Problem> broken;
};

// `rfc3161timestamp` of an authority.
struct TimestampSpec {
  std::string trust_root;  // "trustRootRef"
  std::optional<Problem> broken;
};

// One of `authorities`, both versions alike; "" and nullopt: absent. One that is broken, in whatever part,
// can pass nothing.
struct AuthoritySpec {
  std::string name;
  bool has_default_name = false;
  std::optional<KeyRef> key;
  std::optional<KeylessRef> keyless;
  std::optional<StaticSpec> fixed;  // "static"
  std::vector<SourceSpec> sources;  // "source"
  std::optional<LogSpec> log;       // "ctlog"
  std::vector<AttestationSpec> attestations;
  std::optional<TimestampSpec> timestamp;  // "rfc3161timestamp"
  std::string signature_format;
  std::optional<Problem> broken;
};

// Without defaults.
AuthoritySpec ReadAuthority(const base::JsonPlace& place, std::vector<Problem>& problems);

// Adds what the Policy Controller has against it; of one with none or several of key, keyless and static
// that alone. Pure.
void ValidateAuthority(const AuthoritySpec& authority, std::string_view installation,
                       std::string_view path, RegexpFaults& regexps, FieldErrors& errors);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_AUTHORITY_SPEC_H_
