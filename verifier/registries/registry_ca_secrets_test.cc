#include "verifier/registries/registry_ca_secrets.h"

#include "base/eventually.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/test_authority.h"
#include "kube/fake_api.h"

namespace countersign::verifier {
namespace {

using base::StatusIs;
using ::testing::_;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RegistryCaSecretsTest : public testing::Test {
 protected:
  // Looks again all the time.
  RegistryCaSecrets Follow(const std::vector<RegistryCaSecrets::SecretName>& names) {
    return RegistryCaSecrets(
        &api_, names,
        [this](const std::vector<std::string>& pem) {
          absl::MutexLock lock(&mutex_);
          applied_.push_back(pem);
          return absl::OkStatus();
        },
        {.interval = absl::Milliseconds(2), .retry_interval = absl::Milliseconds(2)});
  }

  std::vector<std::string> Await(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto is_there = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return applied_.size() >= count;
    };
    mutex_.Await(absl::Condition(&is_there));
    return applied_[count - 1];
  }
  size_t Applied() {
    absl::MutexLock lock(&mutex_);
    return applied_.size();
  }

  void AwaitFetches(int more) {
    const int enough = api_.fetches() + more;
    EXPECT_TRUE(base::Eventually([&] { return api_.fetches() >= enough; }));
  }

  static kube::Secret With(std::string pem) {
    return {.type = "Opaque", .data = {{"ca.crt", std::move(pem)}, {"note", "hunter2"}}};
  }

  http::TestAuthority first_;
  http::TestAuthority second_;
  kube::FakeApi api_;
  absl::Mutex log_mutex_;
  std::string log_;
  base::ScopedLogSink sink_{[this](std::string_view line) {
    absl::MutexLock lock(&log_mutex_);
    log_.append(line);
  }};
  absl::Mutex mutex_;
  std::vector<std::vector<std::string>> applied_ ABSL_GUARDED_BY(mutex_);
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

TEST_F(RegistryCaSecretsTest, ReadsAtTheStartAndWheneverASecretChanges) {
  api_.PutSecret("infra", "ca", With(first_.CaPem()));
  const RegistryCaSecrets secrets = Follow({{"infra", "ca"}});
  EXPECT_EQ(Applied(), 1u);
  EXPECT_THAT(Await(1), SizeIs(1));
  api_.PutSecret("infra", "ca", With(second_.CaPem()));
  EXPECT_NE(Await(2), Await(1));
  api_.RemoveSecret("infra", "ca");
  EXPECT_THAT(Await(3), IsEmpty());
}

TEST_F(RegistryCaSecretsTest, ASecretThatIsMissingOrBadIsNamedAndLeavesTheOthers) {
  api_.PutSecret("infra", "bad", With("-----BEGIN CERTIFICATE-----\nAAAA\n"));
  api_.PutSecret("infra", "none", {.type = "Opaque", .data = {{"note", "hunter2"}}});
  api_.PutSecret("infra", "good", With(first_.CaPem()));
  {
    const RegistryCaSecrets secrets =
        Follow({{"infra", "absent"}, {"infra", "bad"}, {"infra", "none"}, {"infra", "good"}});
    EXPECT_THAT(Await(1), SizeIs(1));
    AwaitFetches(20);
  }
  EXPECT_EQ(Applied(), 1u);
  EXPECT_THAT(log_, AllOf(HasSubstr("Secret infra/absent\",\"error\":\"not found"),
                          HasSubstr("Secret infra/bad\",\"error\":\"ca.crt: "),
                          HasSubstr("Secret infra/none\",\"error\":\"it holds no PEM")));
  EXPECT_THAT(log_, testing::Not(HasSubstr("hunter2")));
  EXPECT_EQ(log_.find("infra/absent"), log_.rfind("infra/absent")) << log_;
}

TEST_F(RegistryCaSecretsTest, ASecretThatCannotBeReadNowKeepsWhatItGave) {
  api_.PutSecret("infra", "ca", With(first_.CaPem()));
  const RegistryCaSecrets secrets = Follow({{"infra", "ca"}});
  api_.FailWith(absl::UnavailableError("connection refused"));
  AwaitFetches(10);
  EXPECT_EQ(Applied(), 1u);
}

}  // namespace
}  // namespace countersign::verifier
