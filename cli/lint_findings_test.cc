#include "cli/lint_findings.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kShop[] = R"(apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata:
  name: shop
spec:
  images:
    - glob: r.io/**
  authorities:
    - key: {data: x}
)";

policy::ReviewedObject NothingToSay(const base::Json&) { return {}; }

LintResult LintWith(const std::vector<ManifestText>& files, const ReviewFunction& review) {
  return LintManifests(files, [&review](auto) { return review; });
}

// Each "FILE:LINE refused|warning OBJECT POINTER: REASON".
std::vector<std::string> Lint(const std::vector<ManifestText>& files,
                              const ReviewFunction& review = NothingToSay) {
  std::vector<std::string> lines;
  for (const LintFinding& finding : LintWith(files, review).findings) {
    lines.push_back(absl::StrCat(finding.file, ":", finding.line,
                                 finding.refuses ? " refused " : " warning ", finding.object, " ",
                                 finding.pointer, ": ", finding.reason));
  }
  return lines;
}

TEST(LintFindings, AreOfTheReviewOnTheirLines) {
  const auto review = [](const base::Json&) {
    return policy::ReviewedObject{.problems = {{"/spec/authorities/0/key", "is no key"}},
                                  .warnings = {{"/spec/images/0/glob", "is odd"}}};
  };
  EXPECT_THAT(
      Lint({{"a.yaml", kShop}}, review),
      ElementsAre("a.yaml:7 warning ClusterImagePolicy shop /spec/images/0/glob: is odd",
                  "a.yaml:9 refused ClusterImagePolicy shop /spec/authorities/0/key: is no key"));
}

TEST(LintFindings, TheReviewIsMadeOnceOfAllObjects) {
  int made = 0;
  const LintResult result = LintManifests(
      {{"a.yaml", kShop}, {"b.yaml", kShop}}, [&made](absl::Span<const base::Json* const> all) {
        ++made;
        return [all](const base::Json& object) {
          return policy::ReviewedObject{
              .warnings = {{"", absl::StrCat(all.size(), &object == all.back() ? ", last" : "")}}};
        };
      });
  EXPECT_EQ(made, 1);
  ASSERT_GE(result.findings.size(), 2u);
  EXPECT_EQ(result.findings.front().reason, "2");
  EXPECT_THAT(result.findings,
              ::testing::Contains(::testing::Field(&LintFinding::reason, "2, last")));
}

TEST(LintFindings, ThatNoWebhookWouldTakeItIsOne) {
  const auto review = [](const base::Json&) {
    return policy::ReviewedObject{.policy_controller_message = "validation failed: x"};
  };
  EXPECT_THAT(Lint({{"a.yaml", kShop}}, review), ElementsAre(HasSubstr("validation failed: x")));
}

TEST(LintFindings, AreOfTheSignPolicyToo) {
  constexpr char kSign[] = R"(apiVersion: signing.apps.tanzu.vmware.com/v1beta1
kind: ClusterImagePolicy
metadata:
  name: image-policy
spec:
  verification:
    keys:
      - name: release
        publicKey: none
    images: []
)";
  const std::vector<std::string> found = Lint({{"sign.yaml", kSign}});
  ASSERT_FALSE(found.empty());
  EXPECT_THAT(found, ::testing::Contains(HasSubstr("/spec/verification/keys/0/publicKey")));
}

TEST(LintFindings, AreOfAllFilesTogether) {
  const std::string pass = R"({"apiVersion": "policy.sigstore.dev/v1alpha1",
 "kind": "ClusterImagePolicy", "metadata": {"name": "exempt"},
 "spec": {"images": [{"glob": "r.io/base/*"}],
  "authorities": [{"static": {"action": "pass"}}]}})";
  EXPECT_THAT(Lint({{"shop.yaml", kShop}, {"exempt.json", pass}}),
              ElementsAre(HasSubstr("exempt.json:4 warning ClusterImagePolicy exempt "
                                    "/spec/authorities: lets pass what the policy \"shop\"")));
}

TEST(LintFindings, ANameThatIsThereTwiceIsRefused) {
  EXPECT_THAT(
      Lint({{"a.yaml", kShop}, {"b.yaml", kShop}}),
      ::testing::Contains(HasSubstr("b.yaml:4 refused ClusterImagePolicy shop /metadata/name: "
                                    "an object of this kind and name is at a.yaml:1")));
}

TEST(LintFindings, ALineIsOfTheDocumentOrItemThatItIsIn) {
  const auto review = [](const base::Json&) {
    return policy::ReviewedObject{.problems = {{"/metadata/name", "x"}}};
  };
  constexpr char kTwo[] = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: other}
---
apiVersion: v1
kind: List
items:
  - apiVersion: policy.countersign.dev/v1alpha1
    kind: PolicyOptions
    metadata:
      name: shop
)";
  EXPECT_THAT(
      Lint({{"a.yaml", kTwo}}, review),
      ElementsAre("a.yaml:11 refused PolicyOptions shop /metadata/name: x",
                  HasSubstr("a.yaml:11 warning PolicyOptions shop /metadata/name: there is no "
                            "ClusterImagePolicy")));
}

TEST(LintFindings, AreOfMetadataThatNoApiServerTakes) {
  constexpr char kOptions[] = R"(apiVersion: policy.countersign.dev/v1alpha1
kind: PolicyOptions
metadata:
  name: Bad_Name!
  labels: {x: 1}
  annotations: []
  foo: 1
)";
  EXPECT_THAT(
      Lint({{"a.yaml", kOptions}}),
      ::testing::IsSupersetOf(
          {HasSubstr(
               "a.yaml:4 refused PolicyOptions Bad_Name! /metadata/name: \"Bad_Name!\" is no"),
           HasSubstr(
               "a.yaml:5 refused PolicyOptions Bad_Name! /metadata/labels/x: must be a string"),
           HasSubstr("a.yaml:6 refused PolicyOptions Bad_Name! /metadata/annotations: must be an "),
           HasSubstr("a.yaml:7 warning PolicyOptions Bad_Name! /metadata/foo: is not known")}));
  EXPECT_THAT(Lint({{"a.yaml", "apiVersion: policy.sigstore.dev/v1\nkind: TrustRoot\n"}}),
              ElementsAre("a.yaml:1 refused TrustRoot /metadata: must be given"));
}

TEST(LintFindings, AnApiServerMakesNamesOfGenerateName) {
  constexpr char kTwo[] =
      "apiVersion: policy.sigstore.dev/v1alpha1\nkind: TrustRoot\n"
      "metadata: {generateName: a-}\n---\n"
      "apiVersion: policy.sigstore.dev/v1alpha1\nkind: TrustRoot\n"
      "metadata: {generateName: a-}\n";
  EXPECT_THAT(Lint({{"a.yaml", kTwo}}), IsEmpty());
}

TEST(LintFindings, AListOfOneKindIsOpened) {
  EXPECT_THAT(Lint({{"a.yaml", R"(apiVersion: policy.sigstore.dev/v1beta1
kind: TrustRootList
items:
  - metadata: {name: a}
  - metadata: {name: A}
)"}}),
              ElementsAre(HasSubstr("a.yaml:5 refused TrustRoot A /metadata/name: ")));
}

TEST(LintFindings, ListsThatKubectlTakesNoneOfAreRefused) {
  EXPECT_THAT(
      Lint({{"a.yaml", "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: List}\n"},
            {"b.yaml", "apiVersion: v1\nkind: List\nitems: 5\n"},
            {"c.yaml", "apiVersion: a/v1\nkind: BList\nitems:\n- {kind: CList, items: []}\n"},
            {"d.yaml", "apiVersion: v1\nkind: List\nitems:\n- {}\n- 7\n"}}),
      ElementsAre(HasSubstr("a.yaml:4 refused List /items/0: is a List in a List: put what it "),
                  "b.yaml:3 refused List /items: must be an array, is a number",
                  HasSubstr("c.yaml:4 refused BList /items/0: is a List in a List"),
                  "d.yaml:5 refused List /items/1: must be an object"));
}

TEST(LintFindings, WhatNearlyIsAnObjectThatIsJudgedIsSaid) {
  EXPECT_THAT(Lint({{"a.yaml", R"(apiVersion: policy.sigstore.dev/v1beta1
kind: clusterimagepolicy
metadata: {name: shop}
---
kind: configmap
apiVersion: v1
metadata: {name: config-policy-controller}
---
kind: configmap
apiVersion: v1
metadata: {name: other}
---
apiVersion: policy.sigstore.dev/v1alpha1
kind: trustroot
)"}}),
              ElementsAre(HasSubstr("a.yaml:2 warning object shop /kind: is passed over"),
                          HasSubstr("a.yaml:5 warning object config-policy-controller /kind: "),
                          HasSubstr("a.yaml:14 warning object /kind: is passed over")));
}

TEST(LintFindings, WhatASpecIsOfIsSaidOfAnObjectThatDoesNotSay) {
  EXPECT_THAT(
      Lint({{"a.yaml",
             "spec: {authorities: []}\n---\nspec: {verification: {}}\n---\nspec: {a: 1}\n"},
            {"b.yaml", "apiVersion: cosigned.sigstore.dev/v1alpha1\nkind: ClusterImagePolicy\n"}}),
      ElementsAre(HasSubstr("write \"apiVersion: policy.sigstore.dev/v1alpha1\""),
                  HasSubstr("write \"apiVersion: signing.apps.tanzu.vmware.com/v1beta1\""),
                  HasSubstr("write \"apiVersion: policy.sigstore.dev/v1alpha1\"")));
}

TEST(LintFindings, OtherObjectsArePassedOver) {
  const LintResult result = LintWith(
      {{"a.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n---\n7\n---\n[1]\n"}},
      NothingToSay);
  EXPECT_EQ(result.objects, 0u);
  EXPECT_THAT(result.findings, IsEmpty());
}

TEST(LintFindings, ObjectsThatWouldBeRefusedAreCountedOnce) {
  const auto review = [](const base::Json&) {
    return policy::ReviewedObject{.problems = {{"/spec", "x"}, {"/spec/images", "y"}}};
  };
  const LintResult result = LintWith({{"a.yaml", kShop}, {"bad.yaml", "a: [\n"}}, review);
  EXPECT_EQ(result.objects, 1u);
  EXPECT_EQ(result.refused, 1u);
  EXPECT_EQ(result.findings.size(), 3u);
}

TEST(LintFindings, WhatCannotBeReadIsRefusedAndHidesNothingElse) {
  EXPECT_THAT(Lint({{"bad.yaml", "a: [\n"}, {"a.yaml", kShop}, {"b.yaml", kShop}}),
              ::testing::AllOf(::testing::Contains(HasSubstr("bad.yaml:2 refused  : ")),
                               ::testing::Contains(HasSubstr("b.yaml:4 refused"))));
}

}  // namespace
}  // namespace countersign::cli
