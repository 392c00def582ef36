#include "verifier/credentials/credential_provider_answer.h"

#include <string>
#include <vector>

#include "base/json.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kV1[] = "credentialprovider.kubelet.k8s.io/v1";

base::Json Response(base::Json auth) {
  return {{"kind", "CredentialProviderResponse"},
          {"apiVersion", kV1},
          {"cacheKeyType", "Registry"},
          {"auth", std::move(auth)}};
}

absl::StatusOr<CredentialProviderAnswer> Parse(const base::Json& response) {
  return CredentialProviderAnswer::Parse(response.dump(), kV1);
}

base::Json As(const std::string& username) {
  return {{"username", username}, {"password", "hunter2"}};
}

std::vector<std::string> UsersFor(const CredentialProviderAnswer& answer, const char* image) {
  std::vector<std::string> users;
  for (const auto& credential :
       answer.FindCredentials(oci::ImageReference::Parse(image)->repository())) {
    users.push_back(credential.username);
  }
  return users;
}

TEST(CredentialProviderAnswer, HasCredentialsByPattern) {
  const auto answer = Parse(Response({{"*.azurecr.io", As("me")}}));
  ASSERT_TRUE(answer.ok()) << answer.status();
  const auto found =
      answer->FindCredentials(oci::ImageReference::Parse("shop.azurecr.io/app")->repository());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].username, "me");
  EXPECT_EQ(found[0].password, "hunter2");
  EXPECT_THAT(UsersFor(*answer, "gcr.io/app"), IsEmpty());
}

TEST(CredentialProviderAnswer, TakesAsMuchMemoryAsItsTexts) {
  EXPECT_EQ(Parse(Response(base::Json::object()))->bytes(), 0u);
  const std::string user(1000, 'u');
  const std::string password(2000, 'p');
  const std::string path(4000, 'a');
  const auto answer =
      Parse(Response({{"gcr.io/" + path, {{"username", user}, {"password", password}}}}));
  ASSERT_TRUE(answer.ok()) << answer.status();
  // The path is there as it was written, too.
  EXPECT_GE(answer->bytes(), 11'000u);
  EXPECT_LT(answer->bytes(), 12'000u);
}

TEST(CredentialProviderAnswer, GivesLongerKeysFirstAndWildcardsLast) {
  const auto answer = Parse(Response({{"*.registry.io", As("wildcard")},
                                      {"eu.registry.io", As("host")},
                                      {"eu.registry.io/team/app", As("longest")},
                                      {"eu.registry.io/team", As("path")},
                                      {"us.registry.io", As("another")}}));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(UsersFor(*answer, "eu.registry.io/team/app"),
              ElementsAre("longest", "path", "host", "wildcard"));
  EXPECT_THAT(UsersFor(*answer, "eu.registry.io/other"), ElementsAre("host", "wildcard"));
}

TEST(CredentialProviderAnswer, GivesNothingTwiceAndNothingEmpty) {
  const auto answer = Parse(Response({{"a.io", As("me")},
                                      {"*.io", As("me")},
                                      {"a.io/x", {{"username", ""}, {"password", ""}}},
                                      {"a.io/y", nullptr}}));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(UsersFor(*answer, "a.io/x"), ElementsAre("me"));
}

TEST(CredentialProviderAnswer, MayHaveNoCredentials) {
  EXPECT_THAT(UsersFor(*Parse(Response(nullptr)), "a.io/x"), IsEmpty());
  EXPECT_THAT(UsersFor(*Parse(Response(base::Json::object())), "a.io/x"), IsEmpty());
}

TEST(CredentialProviderAnswer, SaysForWhatAndForHowLongItHolds) {
  using Scope = CredentialProviderAnswer::Scope;
  base::Json response = Response(nullptr);
  EXPECT_EQ(Parse(response)->scope(), Scope::kRegistry);
  EXPECT_EQ(Parse(response)->duration(), std::nullopt);
  response["cacheKeyType"] = "Image";
  response["cacheDuration"] = "0s";
  EXPECT_EQ(Parse(response)->scope(), Scope::kImage);
  EXPECT_EQ(Parse(response)->duration(), absl::ZeroDuration());
  response["cacheKeyType"] = "Global";
  response["cacheDuration"] = "11h59m0s";
  EXPECT_EQ(Parse(response)->scope(), Scope::kGlobal);
  EXPECT_EQ(Parse(response)->duration(), absl::Hours(12) - absl::Minutes(1));
}

TEST(CredentialProviderAnswer, PassesOverWhatItDoesNotKnow) {
  base::Json response = Response({{"a.io", As("me")}, {"no host at all", As("you")}});
  response["metadata"] = {{"creationTimestamp", nullptr}};
  const auto answer = Parse(response);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(UsersFor(*answer, "a.io/x"), ElementsAre("me"));
}

TEST(CredentialProviderAnswer, NamesTheMemberThatIsWrong) {
  const std::vector<std::pair<std::string, base::Json>> faults = {
      {"kind", "CredentialProviderRequest"},
      {"kind", nullptr},
      {"apiVersion", "credentialprovider.kubelet.k8s.io/v1beta1"},
      {"cacheKeyType", "image"},
      {"cacheKeyType", nullptr},
      {"cacheDuration", 300},
      {"cacheDuration", "-1s"},
      {"auth", base::Json::array()},
      {"auth", {{"a.io", "hunter2"}}},
      {"auth", {{"a.io", {{"password", 5}}}}}};
  for (const auto& [name, value] : faults) {
    base::Json response = Response(nullptr);
    response[name] = value;
    EXPECT_THAT(Parse(response), StatusIs(absl::StatusCode::kInvalidArgument,
                                          AllOf(HasSubstr("/" + name), Not(HasSubstr("hunter2")))))
        << response;
  }
}

TEST(CredentialProviderAnswer, NeverQuotesWhatIsNoJson) {
  for (const char* text : {"hunter2", "{\"auth\":{\"hunter2", "\"hunter2\"", ""}) {
    EXPECT_THAT(CredentialProviderAnswer::Parse(text, kV1),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("JSON"), Not(HasSubstr("hunter2")))));
  }
}

}  // namespace
}  // namespace countersign::verifier
