#include "verifier/policies/kms_keys.h"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

constexpr char kUri[] = "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k/versions/1";

std::string Pem() { return crypto::TestKey::Generate().PublicPem(); }

class KmsKeysTest : public testing::Test {
 protected:
  KmsKeysTest() {
    std::string pattern = testing::TempDir() + "/kms.XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }

  std::string Write(std::string_view name, std::string_view text) const {
    std::string path = absl::StrCat(directory_, "/", name);
    std::ofstream(path) << text;
    return path;
  }

  absl::StatusOr<std::unique_ptr<KmsKeys>> Create(const std::vector<std::string>& flags) {
    return KmsKeys::Create(
        flags, [this] { ++changes_; }, &clock_);
  }

  void Pass(absl::Duration duration) {
    const uint64_t before = clock_.waits();
    clock_.Advance(duration);
    EXPECT_TRUE(base::Eventually([&] { return clock_.waits() > before; }));
  }

  base::FakeClock clock_;
  std::string directory_;
  std::atomic<int> changes_ = 0;
};

TEST_F(KmsKeysTest, AreReadAtTheStartAndEveryThirtySecondsAndTheLastGoodOneStays) {
  const std::string first = Pem();
  const std::string second = Pem();
  const std::string flag = absl::StrCat(kUri, "=", Write("a.pub", first));
  const auto keys = Create({flag});
  ASSERT_THAT(keys, IsOk());
  EXPECT_TRUE(base::Eventually([&] { return clock_.waits() > 0; }));
  EXPECT_THAT((*keys)->Keys(), ElementsAre(Pair(kUri, first)));
  Write("a.pub", "no PEM");
  Pass(absl::Seconds(30));
  EXPECT_THAT((*keys)->Keys(), ElementsAre(Pair(kUri, first)));
  EXPECT_EQ(changes_, 0);
  Write("a.pub", second);
  Pass(absl::Seconds(30));
  EXPECT_THAT((*keys)->Keys(), ElementsAre(Pair(kUri, second)));
  EXPECT_EQ(changes_, 1);
}

TEST_F(KmsKeysTest, WhatIsWrongIsRefusedWithTheNameOfTheFlag) {
  const std::string good = Write("a.pub", Pem());
  const std::string bad = Write("b.pub", "no PEM");
  for (const std::string& flag : {std::string("key.pub"), absl::StrCat("=", good),
                                  absl::StrCat(kUri, "="), absl::StrCat("k=", good)}) {
    EXPECT_THAT(Create({flag}).status(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(StartsWith("--kms-public-key: "), HasSubstr("is not URI=FILE"))))
        << flag;
  }
  EXPECT_THAT(Create({absl::StrCat(kUri, "=", bad)}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(StartsWith("--kms-public-key: "), HasSubstr("b.pub: not a public"))));
  EXPECT_THAT(Create({absl::StrCat(kUri, "=", directory_, "/absent")}).status(),
              StatusIs(absl::StatusCode::kNotFound, StartsWith("--kms-public-key: ")));
  const std::string twice = absl::StrCat(kUri, "=", good);
  EXPECT_THAT(Create({twice, twice}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is given twice")));
}

TEST_F(KmsKeysTest, ThereMayBeNone) {
  const auto keys = Create({});
  ASSERT_THAT(keys, IsOk());
  EXPECT_TRUE((*keys)->Keys().empty());
}

}  // namespace
}  // namespace countersign::verifier
