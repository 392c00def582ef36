#include "cosign/predicate_name.h"

#include <string_view>
#include <utility>

#include "gtest/gtest.h"

namespace countersign::cosign {
namespace {

TEST(PredicateTypeNamed, KnowsCosignsNames) {
  const std::pair<std::string_view, std::string_view> kNames[] = {
      {"custom", "https://cosign.sigstore.dev/attestation/v1"},
      {"slsaprovenance", "https://slsa.dev/provenance/v0.2"},
      {"slsaprovenance02", "https://slsa.dev/provenance/v0.2"},
      {"slsaprovenance1", "https://slsa.dev/provenance/v1"},
      {"spdx", "https://spdx.dev/Document"},
      {"spdxjson", "https://spdx.dev/Document"},
      {"cyclonedx", "https://cyclonedx.org/bom"},
      {"link", "https://in-toto.io/Link/v1"},
      {"vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"},
      {"openvex", "https://openvex.dev/ns"},
  };
  for (const auto& [name, type] : kNames) EXPECT_EQ(PredicateTypeNamed(name), type) << name;
}

TEST(PredicateTypeNamed, KnowsNoOthers) {
  for (const char* name : {"", "slsa", "SPDX", "spdx ", "slsaprovenance3",
                           "https://slsa.dev/provenance/v1", "https://spdx.dev/Document"}) {
    EXPECT_EQ(PredicateTypeNamed(name), "") << name;
  }
}

TEST(PredicateNames, AreAllInOrder) {
  EXPECT_EQ(PredicateNames(),
            "custom, cyclonedx, link, openvex, slsaprovenance, slsaprovenance02, slsaprovenance1, "
            "spdx, spdxjson, vuln");
}

}  // namespace
}  // namespace countersign::cosign
