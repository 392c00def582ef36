#include "policy/sigstore/source_spec.h"

#include <cstddef>

#include "policy/sigstore/oci_place.h"
#include "policy/sigstore/part_reader.h"

namespace countersign::policy {
namespace {

using base::JsonPlace;

PullSecretSpec ReadPullSecret(const JsonPlace& place, std::vector<Problem>& problems) {
  PullSecretSpec secret;
  PartReader reader(place, problems);
  reader.Read("name", secret.name);
  secret.broken = reader.Finish();
  return secret;
}

}  // namespace

SourceSpec ReadSource(const JsonPlace& place, std::vector<Problem>& problems) {
  SourceSpec source;
  PartReader reader(place, problems);
  reader.Read("oci", source.oci);
  reader.Read("signaturePullSecrets", source.pull_secrets, ReadPullSecret);
  reader.Read("tagPrefix", source.tag_prefix);
  source.broken = reader.Finish();
  return source;
}

void ValidateSource(const SourceSpec& source, std::string_view path, FieldErrors& errors) {
  if (!source.oci.empty()) {
    const std::string fault = OciPlaceFault(source.oci);
    if (!fault.empty()) errors.AddInvalid(source.oci, FieldPath(path, "oci"), fault);
  }
  for (size_t i = 0; i < source.pull_secrets.size(); ++i) {
    if (!source.pull_secrets[i].name.empty()) continue;
    errors.AddMissing(FieldPath(path, "signaturePullSecrets", i), {"name"});
  }
}

}  // namespace countersign::policy
