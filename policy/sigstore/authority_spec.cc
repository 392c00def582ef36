#include "policy/sigstore/authority_spec.h"

#include <cstddef>

#include "policy/sigstore/part_reader.h"

namespace countersign::policy {
namespace {

using base::JsonPlace;

StaticSpec ReadStatic(const JsonPlace& place, std::vector<Problem>& problems) {
  StaticSpec fixed;
  PartReader reader(place, problems);
  reader.Read("action", fixed.action);
  reader.Read("message", fixed.message);
  fixed.broken = reader.Finish();
  return fixed;
}

LogSpec ReadLog(const JsonPlace& place, std::vector<Problem>& problems) {
  LogSpec log;
  PartReader reader(place, problems);
  reader.ReadUrl("url", log.url);
  reader.Read("trustRootRef", log.trust_root);
  log.broken = reader.Finish();
  return log;
}

TimestampSpec ReadTimestamp(const JsonPlace& place, std::vector<Problem>& problems) {
  TimestampSpec timestamp;
  PartReader reader(place, problems);
  reader.Read("trustRootRef", timestamp.trust_root);
  timestamp.broken = reader.Finish();
  return timestamp;
}

// With the members that make no sense beside it.
void ValidateStatic(const AuthoritySpec& authority, std::string_view path, FieldErrors& errors) {
  const std::string at = FieldPath(path, "static");
  const std::string& action = authority.fixed->action;
  if (action.empty()) {
    errors.AddMissing(at, {"action"});
  } else if (action != "pass" && action != "fail") {
    errors.AddInvalid(action, FieldPath(at, "action"), "unsupported action");
  }
  if (!authority.attestations.empty()) errors.AddBoth(path, {"static", "attestations"});
  if (!authority.sources.empty()) errors.AddBoth(path, {"static", "source"});
  if (authority.log.has_value()) errors.AddBoth(path, {"static", "ctlog"});
  if (authority.timestamp.has_value()) errors.AddBoth(path, {"static", "rfc3161timestamp"});
}

}  // namespace

AuthoritySpec ReadAuthority(const JsonPlace& place, std::vector<Problem>& problems) {
  AuthoritySpec authority;
  PartReader reader(place, problems);
  reader.Read("name", authority.name);
  reader.Read("key", authority.key, ReadKeyRef);
  reader.Read("keyless", authority.keyless, ReadKeylessRef);
  reader.Read("static", authority.fixed, ReadStatic);
  reader.Read("source", authority.sources, ReadSource);
  reader.Read("ctlog", authority.log, ReadLog);
  reader.Read("attestations", authority.attestations, ReadAttestation);
  reader.Read("rfc3161timestamp", authority.timestamp, ReadTimestamp);
  reader.Read("signatureFormat", authority.signature_format);
  authority.broken = reader.Finish();
  return authority;
}

void ValidateAuthority(const AuthoritySpec& authority, std::string_view installation,
                       std::string_view path, RegexpFaults& regexps, FieldErrors& errors) {
  const int given =
      authority.key.has_value() + authority.keyless.has_value() + authority.fixed.has_value();
  if (given == 0) return errors.AddNeither(path, {"key", "keyless", "static"});
  if (given > 1) return errors.AddBoth(path, {"key", "keyless", "static"});
  if (authority.key.has_value()) {
    ValidateKeyRef(*authority.key, installation, FieldPath(path, "key"), errors);
  }
  if (authority.keyless.has_value()) {
    ValidateKeylessRef(*authority.keyless, installation, FieldPath(path, "keyless"), regexps,
                       errors);
  }
  if (authority.fixed.has_value()) ValidateStatic(authority, path, errors);
  if (authority.sources.size() > 1) {
    errors.AddInvalid("source", FieldPath(path, "source"), "only single source is supported");
  } else if (!authority.sources.empty()) {
    ValidateSource(authority.sources.front(), FieldPath(path, "source", 0), errors);
  }
  for (size_t i = 0; i < authority.attestations.size(); ++i) {
    ValidateAttestation(authority.attestations[i], FieldPath(path, "attestations", i), errors);
  }
}

}  // namespace countersign::policy
