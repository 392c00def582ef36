#include "verifier/registries/registry_ca_secrets.h"

#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/test_authority.h"
#include "kube/fake_secret_reader.h"

namespace countersign::verifier {
namespace {

using base::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RegistryCaSecretsTest : public testing::Test {
 protected:
  RegistryCaSecrets Follow(const std::vector<FollowedSecret>& names) {
    return RegistryCaSecrets(&reader_, names,
                             [this](const std::vector<std::string>& pem) {
                               applied_.push_back(pem);
                               return absl::OkStatus();
                             },
                             {.clock = &clock_});
  }

  // Returns after the next look.
  void LookAgain() {
    EXPECT_TRUE(base::Eventually([&] { return clock_.waits() == looks_; }));
    ++looks_;
    clock_.Advance(absl::Minutes(1));
    EXPECT_TRUE(base::Eventually([&] { return clock_.waits() == looks_; }));
  }

  static kube::Secret With(std::string pem) {
    return {.type = "Opaque", .data = {{"ca.crt", std::move(pem)}, {"note", "hunter2"}}};
  }

  http::TestAuthority first_;
  http::TestAuthority second_;
  kube::FakeSecretReader reader_;
  base::FakeClock clock_;
  uint64_t looks_ = 1;
  std::string log_;
  base::ScopedLogSink sink_{[this](std::string_view line) { log_.append(line); }};
  std::vector<std::vector<std::string>> applied_;
};

TEST_F(RegistryCaSecretsTest, NamesAreANamespaceAndAName) {
  const auto name = RegistryCaSecrets::ParseName("infra/registry-ca");
  ASSERT_TRUE(name.ok());
  EXPECT_EQ(name->secret_namespace, "infra");
  EXPECT_EQ(name->name, "registry-ca");
  for (const char* bad : {"", "registry-ca", "/a", "a/", "a/b/c"}) {
    EXPECT_THAT(RegistryCaSecrets::ParseName(bad),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("NAMESPACE/NAME")))
        << bad;
  }
}

TEST_F(RegistryCaSecretsTest, ThoseOfAllSecretsAreTakenOverWheneverOneChanges) {
  reader_.PutSecret("infra", "a", With(first_.CaPem()));
  reader_.PutSecret("infra", "b", With(first_.CaPem()));
  const RegistryCaSecrets secrets = Follow({{"infra", "a"}, {"infra", "b"}});
  EXPECT_THAT(applied_, ElementsAre(SizeIs(2)));
  reader_.PutSecret("infra", "a", With(second_.CaPem()));
  LookAgain();
  ASSERT_EQ(applied_.size(), 2u);
  EXPECT_NE(applied_[1][0], applied_[0][0]);
  EXPECT_EQ(applied_[1][1], applied_[0][1]);
  reader_.RemoveSecret("infra", "a");
  LookAgain();
  EXPECT_THAT(applied_.back(), SizeIs(1));
}

TEST_F(RegistryCaSecretsTest, ASecretThatIsMissingOrBadIsNamedOnceAndLeavesTheOthers) {
  reader_.PutSecret("infra", "bad", With("-----BEGIN CERTIFICATE-----\nAAAA\n"));
  reader_.PutSecret("infra", "none", {.type = "Opaque", .data = {{"note", "hunter2"}}});
  reader_.PutSecret("infra", "good", With(first_.CaPem()));
  const RegistryCaSecrets secrets =
      Follow({{"infra", "absent"}, {"infra", "bad"}, {"infra", "none"}, {"infra", "good"}});
  LookAgain();
  EXPECT_THAT(applied_, ElementsAre(SizeIs(1)));
  EXPECT_THAT(log_, AllOf(HasSubstr("Secret infra/absent\",\"error\":\"not found"),
                          HasSubstr("Secret infra/bad\",\"error\":\"ca.crt: "),
                          HasSubstr("Secret infra/none\",\"error\":\"it holds no PEM")));
  EXPECT_THAT(log_, testing::Not(HasSubstr("hunter2")));
  EXPECT_EQ(log_.find("infra/absent"), log_.rfind("infra/absent")) << log_;
}

}  // namespace
}  // namespace countersign::verifier
