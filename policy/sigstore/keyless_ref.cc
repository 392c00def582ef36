#include "policy/sigstore/keyless_ref.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "policy/sigstore/part_reader.h"

namespace countersign::policy {
namespace {

using base::JsonPlace;

IdentitySpec ReadIdentity(const JsonPlace& place, std::vector<Problem>& problems) {
  IdentitySpec identity;
  PartReader reader(place, problems);
  reader.Read("issuer", identity.issuer);
  reader.Read("subject", identity.subject);
  reader.Read("issuerRegExp", identity.issuer_regexp);
  reader.Read("subjectRegExp", identity.subject_regexp);
  identity.broken = reader.Finish();
  return identity;
}

// One of the two members, of which the second is a regular expression.
void ValidateMatcher(const std::string& text, const std::string& regexp, std::string_view path,
                     std::string_view member, std::string_view regexp_member, RegexpFaults& regexps,
                     FieldErrors& errors) {
  if (!text.empty() && !regexp.empty()) errors.AddBoth(path, {member, regexp_member});
  if (text.empty() && regexp.empty()) errors.AddMissing(path, {member, regexp_member});
  if (regexp.empty()) return;
  const std::string fault = regexps.Of(regexp);
  if (!fault.empty()) {
    errors.AddInvalid(regexp, FieldPath(path, regexp_member),
                      absl::StrCat("regex is invalid: ", fault));
  }
}

}  // namespace

KeylessRef ReadKeylessRef(const JsonPlace& place, std::vector<Problem>& problems) {
  KeylessRef keyless;
  PartReader reader(place, problems);
  reader.ReadUrl("url", keyless.url);
  reader.Read("identities", keyless.identities, ReadIdentity);
  reader.Read("ca-cert", keyless.ca_cert, ReadKeyRef);
  reader.Read("trustRootRef", keyless.trust_root);
  std::optional<bool> ignores_sct;
  reader.Read("insecureIgnoreSCT", ignores_sct);
  keyless.ignores_sct = ignores_sct.value_or(false);
  keyless.broken = reader.Finish();
  return keyless;
}

void ValidateKeylessRef(const KeylessRef& keyless, std::string_view installation,
                        std::string_view path, RegexpFaults& regexps, FieldErrors& errors) {
  const int given = keyless.url.has_value() + keyless.ca_cert.has_value();
  if (given == 0) errors.AddNeither(path, {"url", "ca-cert"});
  if (given == 2) errors.AddBoth(path, {"url", "ca-cert"});
  if (keyless.ca_cert.has_value()) {
    ValidateKeyRef(*keyless.ca_cert, installation, FieldPath(path, "ca-cert"), errors);
  }
  if (keyless.identities.empty()) errors.AddMissing(path, {"identities"});
  for (size_t i = 0; i < keyless.identities.size(); ++i) {
    const IdentitySpec& identity = keyless.identities[i];
    const std::string at = FieldPath(path, "identities", i);
    ValidateMatcher(identity.issuer, identity.issuer_regexp, at, "issuer", "issuerRegExp", regexps,
                    errors);
    ValidateMatcher(identity.subject, identity.subject_regexp, at, "subject", "subjectRegExp",
                    regexps, errors);
  }
}

}  // namespace countersign::policy
