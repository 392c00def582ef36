#include "verifier/credentials/pull_secrets.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"

namespace countersign::verifier {
namespace {

using ::countersign::base::IsOk;
using ::countersign::base::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const oci::Repository kRepository = {"registry.example.org", "shop/app"};

// For kRepository, with so many bytes of white space.
PullSecrets::SecretPtr SecretOf(size_t padding = 0) {
  return std::make_shared<const kube::Secret>(
      kube::Secret{.type = "kubernetes.io/dockerconfigjson",
                   .data = {{".dockerconfigjson",
                             absl::StrCat(R"({"auths":{"registry.example.org":{"auth":"dTpw"}}})",
                                          std::string(padding, ' '))}}});
}

absl::Status StatusOf(PullSecrets& secrets, const PullSecrets::SecretPtr& secret) {
  absl::Status status = absl::InternalError("not used");
  secrets.Read(secret, [&](const PullSecrets::Parsed& parsed) { status = parsed.status(); });
  return status;
}

// Where what was parsed is.
const registry::DockerConfig* AddressOf(PullSecrets& secrets,
                                        const PullSecrets::SecretPtr& secret) {
  const registry::DockerConfig* address = nullptr;
  secrets.Read(secret, [&](const PullSecrets::Parsed& parsed) { address = &*parsed; });
  return address;
}

TEST(PullSecrets, SayWhatTheyHoldByTheirTypes) {
  PullSecrets secrets;
  std::vector<registry::Credential> found;
  secrets.Read(SecretOf(), [&](const PullSecrets::Parsed& parsed) {
    ASSERT_THAT(parsed, IsOk());
    found = parsed->FindCredentials(kRepository);
  });
  EXPECT_THAT(found, SizeIs(1));
  const auto other = [&](kube::Secret secret) {
    return StatusOf(secrets, std::make_shared<const kube::Secret>(std::move(secret)));
  };
  EXPECT_THAT(other({.type = "kubernetes.io/dockercfg", .data = {{".dockercfg", "{}"}}}), IsOk());
  EXPECT_THAT(other({.type = "Opaque"}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(other({.type = "kubernetes.io/dockercfg", .data = {{".dockerconfigjson", "{}"}}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no member .dockercfg")));
}

TEST(PullSecrets, ShortOnesAreParsedOnceForAllImages) {
  PullSecrets secrets;
  const PullSecrets::SecretPtr secret = SecretOf();
  const registry::DockerConfig* const first = AddressOf(secrets, secret);
  EXPECT_EQ(AddressOf(secrets, secret), first);
  EXPECT_NE(AddressOf(secrets, SecretOf()), first) << "it was read anew";
  // However often.
  for (size_t i = 0; i < 1'000'000; ++i) secrets.Read(secret, [](const PullSecrets::Parsed&) {});
  EXPECT_THAT(StatusOf(secrets, secret), IsOk());
}

TEST(PullSecrets, OfLongOnesSoManyBytesAreParsed) {
  PullSecrets secrets;
  const PullSecrets::SecretPtr usual = SecretOf();
  EXPECT_THAT(StatusOf(secrets, usual), IsOk());
  const PullSecrets::SecretPtr secret = SecretOf(1'000'000);
  for (int i = 0; i < 8; ++i) EXPECT_THAT(StatusOf(secrets, secret), IsOk()) << i;
  EXPECT_THAT(StatusOf(secrets, secret), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(StatusOf(secrets, usual), IsOk()) << "it is kept";
}

TEST(PullSecrets, WhatIsKeptIsBoundedWithEverythingInItsSecret) {
  PullSecrets secrets;
  const auto with_ballast = [](size_t bytes) {
    kube::Secret secret = *SecretOf();
    secret.data.emplace_back("other", std::string(bytes, 'x'));
    return std::make_shared<const kube::Secret>(std::move(secret));
  };
  std::weak_ptr<const kube::Secret> kept;
  std::weak_ptr<const kube::Secret> not_kept;
  {
    const PullSecrets::SecretPtr small = with_ballast(100);
    const PullSecrets::SecretPtr large = with_ballast(PullSecrets::kMaxKeptBytes);
    kept = small;
    not_kept = large;
    EXPECT_THAT(StatusOf(secrets, small), IsOk());
    EXPECT_THAT(StatusOf(secrets, large), IsOk());
  }
  EXPECT_FALSE(kept.expired());
  EXPECT_TRUE(not_kept.expired());
}

}  // namespace
}  // namespace countersign::verifier
