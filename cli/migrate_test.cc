#include "cli/migrate.h"

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "base/status_matchers.h"
#include "cli/test_command.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/manifests/documents.h"

namespace countersign::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Write(const std::string& name, std::string_view content) {
  const std::string path = absl::StrCat(testing::TempDir(), "/", name);
  std::ofstream(path) << content;
  return path;
}

const std::string& Pem() {
  static const auto* const pem = new std::string(crypto::TestKey::Generate().PublicPem());
  return *pem;
}

Answer Migrate(const std::vector<std::string>& arguments) {
  return RunCommand(AddMigrateCommand, "migrate", arguments);
}

// A policy of Sign with keys a and b, and a pattern for each.
std::string SignFile(std::string_view pattern_of_a, std::string_view pattern_of_b) {
  static const auto* const other = new std::string(crypto::TestKey::Generate().PublicPem());
  const auto block = [](const std::string& pem) {
    return absl::StrReplaceAll(pem, {{"\n", "\n        "}});
  };
  return Write("sign.yaml", absl::StrCat(R"(apiVersion: signing.apps.tanzu.vmware.com/v1beta1
kind: ClusterImagePolicy
metadata:
  name: image-policy
spec:
  verification:
    exclude:
      resources:
        namespaces: [kube-system]
    keys:
    - name: a
      publicKey: |
        )",
                                         block(Pem()), R"(
    - name: b
      publicKey: |
        )",
                                         block(*other), R"(
    images:
    - namePattern: ")",
                                         std::string(pattern_of_a), R"("
      keys: [{name: a}]
    - namePattern: ")",
                                         std::string(pattern_of_b), R"("
      keys: [{name: b}]
)"));
}

TEST(Migrate, AListInAListIsRefused) {
  const std::string file = Write("nested.yaml", R"(apiVersion: v1
kind: List
items:
  - {apiVersion: policy.sigstore.dev/v1beta1, kind: ClusterImagePolicy, metadata: {name: a}}
  - {apiVersion: policy.sigstore.dev/v1beta1, kind: ClusterImagePolicyList, items: []}
)");
  const Answer answer = Migrate({file, "--for=sign"});
  EXPECT_EQ(answer.exit_code, 2);
  EXPECT_THAT(answer.errors, HasSubstr(absl::StrCat(file, ":5: /items/1: is a List in a List")));
}

TEST(Migrate, ForCountersignIsExact) {
  const Answer answer = Migrate({SignFile("ghcr.io/*", "ghcr.io/shop/*"), "--prove",
                                 "ghcr.io/shop/web:1", "--prove", "other.example/x"});
  EXPECT_EQ(answer.exit_code, 0) << answer.errors;
  EXPECT_THAT(answer.output,
              AllOf(HasSubstr("name: image-policy-0\n"), HasSubstr("kind: PolicyOptions"),
                    HasSubstr("glob: \"ghcr.io/shop/**\""), HasSubstr("no-match-policy: deny")));
  EXPECT_THAT(answer.errors, AllOf(HasSubstr("exact: 5 objects, 0 differences"),
                                   HasSubstr("every namespace but kube-system"),
                                   HasSubstr("decided 8 times under both, 0 times otherwise")));
  EXPECT_THAT(kube::ParseDocuments("out.yaml", answer.output), base::IsOk());
}

TEST(Migrate, ForThePolicyControllerSaysWhereItDiffers) {
  const std::string file = SignFile("ghcr.io/*", "ghcr.io/shop/*");
  const Answer stricter =
      Migrate({file, "--for=policy-controller", "--prove", "ghcr.io/shop/web:1"});
  EXPECT_EQ(stricter.exit_code, 1);
  EXPECT_THAT(stricter.output, Not(HasSubstr("PolicyOptions")));
  EXPECT_THAT(stricter.errors,
              AllOf(HasSubstr("image-policy-0 and image-policy-1 overlap"),
                    HasSubstr("for example ghcr.io/shop/a@sha256:"),
                    HasSubstr("ghcr.io/shop/web:1 signed by \"a\": admitted before, denied now"),
                    HasSubstr("stricter: 3 objects, 1 differences")));
  const Answer looser = Migrate({file, "--for=policy-controller", "--on-overlap=looser"});
  EXPECT_EQ(looser.exit_code, 1);
  EXPECT_THAT(looser.errors, HasSubstr("looser: 2 objects, 1 differences"));
}

TEST(Migrate, WithoutOverlapThePolicyControllerDecidesTheSame) {
  const Answer answer = Migrate({SignFile("ghcr.io/*", "quay.io/*"), "--for=policy-controller"});
  EXPECT_EQ(answer.exit_code, 0) << answer.errors;
}

TEST(Migrate, WhatWasMovedIsMovedBack) {
  const Answer there = Migrate({SignFile("ghcr.io/*", "ghcr.io/shop/*")});
  const Answer back = Migrate({Write("there.yaml", there.output), "--for=sign"});
  EXPECT_EQ(back.exit_code, 0) << back.errors;
  EXPECT_THAT(back.output, AllOf(HasSubstr("namePattern: \"ghcr.io/*\""),
                                 HasSubstr("namePattern: \"ghcr.io/shop/*\"")));
}

TEST(Migrate, WritesAFileForEachObject) {
  const std::string directory = testing::TempDir();
  const Answer answer = Migrate({SignFile("ghcr.io/*", "quay.io/*"), "-o", directory});
  EXPECT_EQ(answer.output, "");
  const absl::StatusOr<std::string> text =
      base::LoadFile(absl::StrCat(directory, "/clusterimagepolicy-image-policy-1.yaml"));
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_THAT(*text, HasSubstr("quay.io/**"));
}

TEST(Migrate, KyvernosPoliciesAreMovedAsFarAsTheyCanBeSaid) {
  const std::string file = Write(
      "kyverno.yaml", absl::StrCat(R"(apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: check-image}
spec:
  validationFailureAction: Enforce
  rules:
  - name: check
    match: {any: [{resources: {kinds: [Pod], namespaces: [shop]}}]}
    verifyImages:
    - imageReferences: ["ghcr.io/shop/*"]
      attestors:
      - count: 1
        entries:
        - keys:
            publicKeys: |
              )",
                                   absl::StrReplaceAll(Pem(), {{"\n", "\n              "}}), R"(
        - keyless: {subject: "https://github.com/shop/*", issuer: https://token.actions.githubusercontent.com}
)"));
  const Answer answer = Migrate({file});
  EXPECT_EQ(answer.exit_code, 1) << answer.errors;
  EXPECT_THAT(answer.output,
              AllOf(HasSubstr("name: check-image-0"), HasSubstr("glob: \"ghcr.io/shop/**\""),
                    HasSubstr("subjectRegExp: \"(?s)^https://github\\\\.com/shop/.*$\""),
                    HasSubstr("url: \"https://rekor.sigstore.dev\""),
                    HasSubstr("no-match-policy: allow"), Not(HasSubstr("threshold"))));
  EXPECT_THAT(answer.errors,
              HasSubstr("/spec/rules/0/match/any/0/resources/namespaces: has no place"));
}

std::string TwoKeysOfKyverno() {
  const std::string entry =
      absl::StrCat(R"(        - keys:
            rekor: {ignoreTlog: true, url: ""}
            publicKeys: |
              )",
                   absl::StrReplaceAll(Pem(), {{"\n", "\n              "}}), "\n");
  return Write("two.yaml", absl::StrCat(R"(apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: check}
spec:
  validationFailureAction: Enforce
  rules:
  - name: check
    verifyImages:
    - imageReferences: ["docker.io/shop/web:*"]
      attestors:
      - entries:
)",
                                        entry, entry));
}

TEST(Migrate, ForThePolicyControllerKyvernosPoliciesHoldWithoutOptions) {
  const std::string file = TwoKeysOfKyverno();
  const Answer theirs = Migrate({file, "--for=policy-controller"});
  EXPECT_EQ(theirs.exit_code, 1);
  EXPECT_THAT(theirs.output, AllOf(HasSubstr("name: check-0\n"), HasSubstr("name: check-0-entry-1"),
                                   HasSubstr("glob: \"index.docker.io/shop/web@**\""),
                                   Not(HasSubstr("PolicyOptions"))));
  EXPECT_THAT(Migrate({file}).output, HasSubstr("threshold: 2"));
  EXPECT_EQ(Migrate({file, "--on-overlap=looser"}).exit_code, 2);
}

TEST(Migrate, WhatSignHasNoPlaceForIsDeniedAndNotProved) {
  const std::string file = Write("keyless.yaml", R"(apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: ci}
spec:
  images: [{glob: "ghcr.io/**"}]
  authorities: [{keyless: {identities: [{issuer: i, subject: s}]}}]
)");
  const Answer answer = Migrate({file, "--for=sign", "--prove", "ghcr.io/a"});
  EXPECT_EQ(answer.exit_code, 1);
  EXPECT_THAT(answer.output,
              AllOf(HasSubstr("namePattern: \"ghcr.io/*\""), HasSubstr("name: nobody")));
  EXPECT_THAT(answer.errors,
              AllOf(HasSubstr("ClusterImagePolicy \"ci\" cannot be said: "
                              "/spec/authorities/0/keyless: has no place in a policy of Sign"),
                    HasSubstr("not proved: ClusterImagePolicy \"ci\" /spec/authorities/0/keyless: "
                              "is more than the signatures of keys can decide")));
}

TEST(Migrate, RefusesWhatIsNoMove) {
  const std::string sign = SignFile("ghcr.io/*", "quay.io/*");
  EXPECT_EQ(Migrate({sign, "--for=sign"}).exit_code, 2);
  EXPECT_EQ(Migrate({"/nonexistent.yaml"}).exit_code, 2);
  EXPECT_EQ(Migrate({Write("none.yaml", "kind: Pod\n")}).exit_code, 2);
  EXPECT_EQ(Migrate({sign, sign}).exit_code, 2);
  EXPECT_EQ(Migrate({sign, "--prove", "UPPER"}).exit_code, 2);
}

TEST(Migrate, NamesAFileThatIsNotThereOnce) {
  const std::string file = testing::TempDir() + "/migrate_test_none.yaml";
  const Answer answer = Migrate({file});
  EXPECT_EQ(answer.exit_code, 2);
  EXPECT_EQ(answer.errors, "countersign: " + file + ": No such file or directory\n");
}

}  // namespace
}  // namespace countersign::cli
