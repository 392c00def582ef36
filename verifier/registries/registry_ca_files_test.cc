#include "verifier/registries/registry_ca_files.h"

#include <fstream>

#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/ca_bundle.h"
#include "http/test_authority.h"

namespace countersign::verifier {
namespace {

using base::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RegistryCaFilesTest : public testing::Test {
 protected:
  RegistryCaFilesTest() { Write(first_.CaPem()); }

  void Write(const std::string& text) {
    const std::string next = file_ + ".next";
    std::ofstream(next) << text;
    ASSERT_EQ(std::rename(next.c_str(), file_.c_str()), 0);
  }

  RegistryCaFiles Follow() {
    return RegistryCaFiles(
        {file_}, *RegistryCaFiles::Read({file_}),
        [this](const std::vector<std::string>& pem) {
          applied_.push_back(pem);
          return absl::OkStatus();
        },
        &clock_);
  }

  // Returns after the next look.
  void LookAgain() {
    EXPECT_TRUE(base::Eventually([&] { return clock_.waits() == looks_; }));
    ++looks_;
    clock_.Advance(absl::Seconds(30));
    EXPECT_TRUE(base::Eventually([&] { return clock_.waits() == looks_; }));
  }

  static std::string Normal(const std::string& pem) { return *http::NormalizeCertificates(pem); }

  http::TestAuthority first_;
  http::TestAuthority second_;
  const std::string file_ = first_.directory() + "/followed.pem";
  base::FakeClock clock_;
  uint64_t looks_ = 1;
  std::string log_;
  std::vector<std::vector<std::string>> applied_;
  base::ScopedLogSink sink_{[this](std::string_view line) { log_.append(line); }};
};

TEST_F(RegistryCaFilesTest, WhatCannotBeUsedAtTheStartIsNamed) {
  EXPECT_THAT(RegistryCaFiles::Read({file_ + ".absent"}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("followed.pem.absent")));
  Write("# nothing yet");
  EXPECT_THAT(RegistryCaFiles::Read({file_}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("followed.pem: "), HasSubstr("no PEM certificate"))));
}

TEST_F(RegistryCaFilesTest, AFileThatChangesIsTakenOver) {
  const RegistryCaFiles files = Follow();
  LookAgain();
  EXPECT_THAT(applied_, IsEmpty());
  Write("# another one\n" + second_.CaPem());
  LookAgain();
  EXPECT_THAT(applied_.back(), ElementsAre(Normal(second_.CaPem())));
  Write(first_.CaPem() + second_.CaPem());
  LookAgain();
  EXPECT_THAT(applied_.back(), ElementsAre(Normal(first_.CaPem() + second_.CaPem())));
}

TEST_F(RegistryCaFilesTest, OneThatCannotBeUsedAnyMoreIsLoggedOnceAndWhatItGaveStays) {
  const RegistryCaFiles files = Follow();
  Write("-----BEGIN PRIVATE KEY-----");
  LookAgain();
  LookAgain();
  EXPECT_THAT(applied_, IsEmpty());
  EXPECT_THAT(log_, HasSubstr("followed.pem: PEM block 1"));
  EXPECT_EQ(log_.find("PEM block 1"), log_.rfind("PEM block 1"));
  Write(second_.CaPem());
  LookAgain();
  EXPECT_THAT(applied_, ElementsAre(ElementsAre(Normal(second_.CaPem()))));
}

TEST_F(RegistryCaFilesTest, WithoutFilesThereIsNothingToFollow) {
  const RegistryCaFiles files({}, {}, nullptr, &clock_);
  EXPECT_EQ(clock_.waits(), 0u);
}

}  // namespace
}  // namespace countersign::verifier
