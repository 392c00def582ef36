#include "cosign/predicate_name.h"

#include "absl/strings/str_cat.h"

namespace countersign::cosign {
namespace {

struct PredicateName {
  std::string_view name;
  std::string_view type;
};

// cosign's pkg/cosign/attestation and cmd/cosign/cli/options/predicate.go.
constexpr PredicateName kNames[] = {
    {"custom", "https://cosign.sigstore.dev/attestation/v1"},
    {"cyclonedx", "https://cyclonedx.org/bom"},
    {"link", "https://in-toto.io/Link/v1"},
    {"openvex", "https://openvex.dev/ns"},
    {"slsaprovenance", "https://slsa.dev/provenance/v0.2"},
    {"slsaprovenance02", "https://slsa.dev/provenance/v0.2"},
    {"slsaprovenance1", "https://slsa.dev/provenance/v1"},
    {"spdx", "https://spdx.dev/Document"},
    {"spdxjson", "https://spdx.dev/Document"},
    {"vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"},
};

}  // namespace

std::string_view PredicateTypeNamed(std::string_view name) {
  for (const PredicateName& known : kNames) {
    if (known.name == name) return known.type;
  }
  return "";
}

std::string PredicateNames() {
  std::string names;
  for (const PredicateName& known : kNames) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", known.name);
  }
  return names;
}

}  // namespace countersign::cosign
