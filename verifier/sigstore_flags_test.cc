#include "verifier/sigstore_flags.h"

#include <string>

#include "CLI/CLI.hpp"
#include "base/flag_error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

SigstoreOptions Parse(const std::string& line) {
  SigstoreOptions options;
  CLI::App app;
  AddSigstoreFlags(&app, &options, "Group");
  app.parse(line);
  return options;
}

std::string ErrorOf(const std::string& line) {
  return base::FlagError([&] { Parse(line); });
}

TEST(SigstoreFlags, EachReachesItsOption) {
  const SigstoreOptions options = Parse(
      "--policy-controller-policies --policy-controller-namespace signing "
      "--kms-public-key gcpkms://a=a.pub --kms-public-key awskms:///b=b.pub");
  EXPECT_TRUE(options.is_on);
  EXPECT_EQ(options.config_namespace, "signing");
  EXPECT_THAT(options.kms_keys, ElementsAre("gcpkms://a=a.pub", "awskms:///b=b.pub"));
}

TEST(SigstoreFlags, WithoutThemTheNamespacesAreThePolicyControllers) {
  const SigstoreOptions options = Parse("");
  EXPECT_FALSE(options.is_on);
  EXPECT_EQ(options.config_namespace, "cosign-system");
  EXPECT_THAT(options.kms_keys, IsEmpty());
  const policy::NamespaceRule rule = options.Namespaces();
  EXPECT_FALSE(rule.is_opt_out);
  EXPECT_EQ(rule.include_label, "policy.sigstore.dev/include");
  EXPECT_EQ(rule.value, "true");
}

TEST(SigstoreFlags, TheLabelIsThatOfTheRule) {
  const policy::NamespaceRule in =
      Parse("--policy-namespaces opt-in --policy-namespace-label a/b --policy-namespace-value yes")
          .Namespaces();
  EXPECT_FALSE(in.is_opt_out);
  EXPECT_EQ(in.include_label, "a/b");
  EXPECT_EQ(in.exclude_label, "policy.sigstore.dev/exclude");
  EXPECT_EQ(in.value, "yes");
  const policy::NamespaceRule out =
      Parse("--policy-namespaces=opt-out --policy-namespace-label a/b").Namespaces();
  EXPECT_TRUE(out.is_opt_out);
  EXPECT_EQ(out.exclude_label, "a/b");
  EXPECT_EQ(out.include_label, "policy.sigstore.dev/include");
}

TEST(SigstoreFlags, WhatIsWrongIsRefused) {
  EXPECT_THAT(ErrorOf("--policy-namespaces some"), HasSubstr("--policy-namespaces"));
  EXPECT_THAT(ErrorOf("--policy-controller-namespace A_B"),
              HasSubstr("must be the name of a namespace"));
  EXPECT_THAT(ErrorOf("--policy-namespace-label ''"), HasSubstr("--policy-namespace-label"));
}

}  // namespace
}  // namespace countersign::verifier
