#include "verifier/registries/registry_identities.h"

#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/fake_secret_reader.h"

namespace countersign::verifier {
namespace {

using base::StatusIs;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using Identities = RegistryIdentities::Identities;

kube::Secret KeyPair(std::string certificate, std::string key) {
  return {.type = "kubernetes.io/tls",
          .data = {{"tls.crt", std::move(certificate)}, {"tls.key", std::move(key)}}};
}

class RegistryIdentitiesTest : public testing::Test {
 protected:
  Identities Applied() {
    absl::MutexLock lock(&mutex_);
    return applied_;
  }

  kube::FakeSecretReader reader_;
  absl::Mutex mutex_;
  Identities applied_ ABSL_GUARDED_BY(mutex_);
  const RegistryIdentities::Apply apply_ = [this](const Identities& identities) {
    absl::MutexLock lock(&mutex_);
    applied_ = identities;
    return absl::OkStatus();
  };
};

TEST_F(RegistryIdentitiesTest, EachRegistryHasItsOwn) {
  reader_.PutSecret("infra", "one", KeyPair("c1", "k1"));
  reader_.PutSecret("infra", "no-key", {.type = "Opaque", .data = {{"tls.crt", "c2"}}});
  const RegistryIdentities identities(&reader_,
                                      {*RegistryIdentities::Parse("Reg.example:443=infra/one"),
                                       *RegistryIdentities::Parse("reg.example:5000=infra/no-key"),
                                       *RegistryIdentities::Parse("other.example=infra/absent")},
                                      apply_, {});
  EXPECT_THAT(Applied(), ElementsAre(Pair("reg.example", http::ClientIdentity{"c1", "k1"})));
}

TEST_F(RegistryIdentitiesTest, AreReadAgain) {
  base::FakeClock clock;
  const RegistryIdentities identities(
      &reader_, {*RegistryIdentities::Parse("reg.example=infra/one")}, apply_, {.clock = &clock});
  EXPECT_THAT(Applied(), IsEmpty());
  for (const std::string certificate : {"c1", "c2"}) {
    reader_.PutSecret("infra", "one", KeyPair(certificate, "k"));
    // The first time it may not have begun to wait.
    EXPECT_TRUE(base::Eventually([&] {
      clock.Advance(absl::Minutes(1));
      return Applied()["reg.example"].certificate_pem == certificate;
    }));
  }
}

TEST(RegistryIdentities, AreAssignedByHost) {
  const auto assignment = RegistryIdentities::Parse("reg.example:5000=infra/one");
  ASSERT_TRUE(assignment.ok()) << assignment.status();
  EXPECT_EQ(assignment->host, "reg.example:5000");
  EXPECT_EQ(assignment->secret.secret_namespace, "infra");
  EXPECT_EQ(assignment->secret.name, "one");
  for (const char* text :
       {"", "reg.example", "reg.example=", "reg.example=one", "=infra/one", "reg.example=/one",
        "reg.example=infra/", "reg.example=a/b/c", "*.example=infra/one"}) {
    EXPECT_THAT(RegistryIdentities::Parse(text).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("HOST=NAMESPACE/NAME")))
        << text;
  }
}

}  // namespace
}  // namespace countersign::verifier
