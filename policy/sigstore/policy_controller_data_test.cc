// The policies with which the Policy Controller's own end-to-end tests ask its webhook, and what is
// said of each here: sigstore/policy-controller at f925c0c (Apache-2.0),
// test/testdata/policy-controller.

#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/json_pointer.h"
#include "base/shared_data_fixture.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/manifests/yaml_documents.h"
#include "policy/sigstore/check.h"
#include "policy/sigstore/field_errors.h"
#include "policy/sigstore/image_policy.h"
#include "policy/sigstore/validate.h"

namespace countersign::policy {
namespace {

using base::IsOk;
using ::testing::IsEmpty;

class PolicyControllerData : public base::SharedDataTest {
 protected:
  PolicyControllerData() : SharedDataTest("policy_controller") {}

  ImagePolicy Read(std::string_view path) const {
    const std::string file = absl::StrCat(path, ".yaml");
    const auto documents = kube::ParseYamlDocuments(file, Load(file));
    EXPECT_THAT(documents, IsOk());
    EXPECT_EQ(documents->size(), 1) << path;
    return documents->empty() ? ImagePolicy() : ReadImagePolicy(documents->front().json);
  }

  // Of what is found, the places in spec that are refused, then how often which member is warned about.
  static std::string Findings(const ImagePolicy& policy) {
    std::vector<std::string> words;
    std::map<std::string, int> warned;
    for (const Finding& finding : Check(policy)) {
      if (finding.refuses) {
        words.push_back(std::string(absl::StripPrefix(finding.pointer, "/spec/")));
      } else {
        ++warned[base::TokensOf(finding.pointer).back()];
      }
    }
    for (const auto& [member, count] : warned) words.push_back(absl::StrCat(member, ":", count));
    return absl::StrJoin(words, " ");
  }
};

struct Row {
  std::string_view file;
  // Of what is refused, the first line of what is said; of others, our findings.
  std::string_view said;
};

constexpr Row kInvalid[] = {
    {"empty-keyref-and-keylessref",
     "expected exactly one, got both: spec.authorities[0].key, spec.authorities[0].keyless, "
     "spec.authorities[0].static"},
    {"empty-keyref",
     "expected exactly one, got neither: spec.authorities[0].key.data, "
     "spec.authorities[0].key.kms, spec.authorities[0].key.secretRef"},
    {"invalid-authority",
     "expected exactly one, got neither: spec.authorities[0].key, spec.authorities[0].keyless, "
     "spec.authorities[0].static"},
    {"invalid-glob", "invalid value: [: spec.images[0].glob"},
    {"invalid-keyref-awskms",
     "invalid value: awskms:///1234abcd-12ab-34cd-56ef-1234567890ab: spec.authorities[0].key.kms"},
    {"invalid-mode", "invalid value: garbage: spec.mode"},
    {"invalid-pubkey", "invalid value: ---somedata---: spec.authorities[0].key.data"},
    {"keylessref-with-empty-authorities", "missing field(s): spec.authorities"},
    {"keylessref-with-malformed-issuer",
     "invalid value: ****: spec.authorities[0].keyless.identities[0].issuerRegExp"},
    {"keylessref-with-malformed-subject",
     "invalid value: ****: spec.authorities[0].keyless.identities[0].subjectRegExp"},
    {"keylessref-with-multiple-properties",
     "expected exactly one, got both: spec.authorities[0].keyless.ca-cert, "
     "spec.authorities[0].keyless.url"},
    {"keyref-with-multiple-properties",
     "expected exactly one, got both: spec.authorities[0].key.data, spec.authorities[0].key.kms, "
     "spec.authorities[0].key.secretRef"},
    {"missing-identity", "missing field(s): spec.authorities[0].keyless.identities"},
    {"missing-issuer",
     "missing field(s): spec.authorities[0].keyless.identities[0].issuer, "
     "spec.authorities[0].keyless.identities[0].issuerRegExp"},
    {"missing-subject",
     "missing field(s): spec.authorities[0].keyless.identities[0].subject, "
     "spec.authorities[0].keyless.identities[0].subjectRegExp"},
    {"v1beta1-empty-keyref-and-keylessref",
     "expected exactly one, got neither: spec.authorities[0].key.data, "
     "spec.authorities[0].key.kms, spec.authorities[0].key.secretRef"},
    {"v1beta1-empty-keyref",
     "expected exactly one, got neither: spec.authorities[0].key.data, "
     "spec.authorities[0].key.kms, spec.authorities[0].key.secretRef"},
    {"v1beta1-invalid-glob", "invalid value: [: spec.images[0].glob"},
    {"v1beta1-invalid-hash-algo",
     "invalid value: shaINVALID: spec.authorities[0].key.hashAlgorithm"},
    {"v1beta1-invalid-keyref-awskms",
     "invalid value: awskms:///1234abcd-12ab-34cd-56ef-1234567890ab: spec.authorities[0].key.kms"},
    {"v1beta1-invalid-match-resource", "invalid value: apple: spec.match[0].resource"},
    {"v1beta1-invalid-mode", "invalid value: garbage: spec.mode"},
    {"v1beta1-invalid-pubkey", "invalid value: ---somedata---: spec.authorities[0].key.data"},
    {"v1beta1-keylessref-with-empty-authorities", "missing field(s): spec.authorities"},
    {"v1beta1-keylessref-with-malformed-issuer",
     "invalid value: ****: spec.authorities[0].keyless.identities[0].issuerRegExp"},
    {"v1beta1-keylessref-with-malformed-subject",
     "invalid value: ****: spec.authorities[0].keyless.identities[0].subjectRegExp"},
    {"v1beta1-keylessref-with-multiple-properties",
     "expected exactly one, got both: spec.authorities[0].keyless.ca-cert, "
     "spec.authorities[0].keyless.url"},
    {"v1beta1-keyref-with-multiple-properties",
     "expected exactly one, got both: spec.authorities[0].key.data, spec.authorities[0].key.kms, "
     "spec.authorities[0].key.secretRef"},
    {"v1beta1-missing-identity", "missing field(s): spec.authorities[0].keyless.identities"},
    {"v1beta1-missing-issuer",
     "missing field(s): spec.authorities[0].keyless.identities[0].issuer, "
     "spec.authorities[0].keyless.identities[0].issuerRegExp"},
    {"v1beta1-missing-subject",
     "missing field(s): spec.authorities[0].keyless.identities[0].subject, "
     "spec.authorities[0].keyless.identities[0].subjectRegExp"},
    {"v1beta1-valid-keyref-and-keylessref",
     "expected exactly one, got both: spec.authorities[0].key, spec.authorities[0].keyless, "
     "spec.authorities[0].static"},
    {"valid-keyref-and-keylessref",
     "expected exactly one, got both: spec.authorities[0].key, spec.authorities[0].keyless, "
     "spec.authorities[0].static"},
};

constexpr Row kValid[] = {
    {"v1beta1-valid-keylessref-awskms", "ca-cert:4 glob:1 issuerRegExp:8 subjectRegExp:8"},
    {"v1beta1-valid-keyref-awskms",
     "authorities/0/key/kms authorities/1/key/kms authorities/2/key/kms authorities/3/key/kms "
     "glob:1"},
    {"v1beta1-valid-policy-glob", "authorities/4/key/kms ca-cert:1 glob:2"},
    {"v1beta1-valid-policy",
     "authorities/2/attestations/0/policy authorities/2/attestations/1/policy "
     "authorities/6/key/kms ca-cert:1 glob:2 issuerRegExp:1 subjectRegExp:1"},
    {"valid-keyless-with-source", "ca-cert:1 glob:1 issuerRegExp:2 subjectRegExp:2"},
    {"valid-keylessref-awskms", "ca-cert:4 glob:1 issuerRegExp:8 subjectRegExp:8"},
    {"valid-keyref-awskms",
     "authorities/0/key/kms authorities/1/key/kms authorities/2/key/kms authorities/3/key/kms "
     "glob:1"},
    {"valid-policy-glob", "authorities/4/key/kms ca-cert:1 glob:2 issuerRegExp:2 subjectRegExp:2"},
    {"valid-policy-hash-algo-sha512", "glob:1"},
    {"valid-policy-hash-algo",
     "authorities/2/attestations/0/policy authorities/2/attestations/1/policy "
     "authorities/6/key/kms ca-cert:1 glob:2 issuerRegExp:3 subjectRegExp:3"},
    {"valid-policy-keyless-ignore-sct",
     "authorities/4/key/kms ca-cert:1 glob:2 issuerRegExp:2 subjectRegExp:2"},
    {"valid-policy-match-resource-label",
     "authorities/2/attestations/0/policy authorities/2/attestations/1/policy "
     "authorities/6/key/kms ca-cert:1 glob:2 issuerRegExp:3 subjectRegExp:3"},
    {"valid-policy-match-resource",
     "authorities/2/attestations/0/policy authorities/2/attestations/1/policy "
     "authorities/6/key/kms ca-cert:1 glob:2 issuerRegExp:3 subjectRegExp:3"},
    {"valid-policy",
     "authorities/2/attestations/0/policy authorities/2/attestations/1/policy "
     "authorities/6/key/kms ca-cert:1 glob:2 issuerRegExp:1 subjectRegExp:1"},
};

TEST_F(PolicyControllerData, RefusesTheInvalidOnes) {
  EXPECT_EQ(std::size(kInvalid), 33);
  for (const auto& [file, said] : kInvalid) {
    const ImagePolicy policy = Read(absl::StrCat("invalid/", file));
    EXPECT_THAT(policy.problems, IsEmpty()) << file;
    const std::string refusal = Validate(policy).Refusal();
    EXPECT_EQ(refusal.substr(0, refusal.find('\n')), absl::StrCat("validation failed: ", said))
        << file;
  }
}

TEST_F(PolicyControllerData, AcceptsTheValidOnesAndFindsWhatCannotPassInThem) {
  EXPECT_EQ(std::size(kValid), 14);
  for (const auto& [file, said] : kValid) {
    const ImagePolicy policy = Read(absl::StrCat("valid/", file));
    EXPECT_THAT(policy.problems, IsEmpty()) << file;
    EXPECT_EQ(Validate(policy).Refusal(), "") << file;
    EXPECT_EQ(Findings(policy), said) << file;
  }
}

}  // namespace
}  // namespace countersign::policy
