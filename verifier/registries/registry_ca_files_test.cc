#include "verifier/registries/registry_ca_files.h"

#include <fstream>

#include "absl/time/clock.h"
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

// Only keeps a test from waiting forever.
constexpr absl::Duration kLimit = absl::Seconds(30);

class RegistryCaFilesTest : public testing::Test {
 protected:
  RegistryCaFilesTest() { Write(first_.CaPem()); }

  void Write(const std::string& text) {
    const std::string next = file_ + ".next";
    std::ofstream(next) << text;
    ASSERT_EQ(std::rename(next.c_str(), file_.c_str()), 0);
  }

  // Looks all the time.
  RegistryCaFiles Follow() {
    return RegistryCaFiles(
        {file_}, *RegistryCaFiles::Read({file_}),
        [this](const std::vector<std::string>& pem) {
          absl::MutexLock lock(&mutex_);
          applied_.push_back(pem);
          return absl::OkStatus();
        },
        absl::Milliseconds(2));
  }

  // The certificates that were taken over as the `count`th.
  std::vector<std::string> Await(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto is_there = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return applied_.size() >= count;
    };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&is_there), kLimit)) return {};
    return applied_[count - 1];
  }

  bool AwaitLog(std::string_view text) {
    absl::MutexLock lock(&mutex_);
    const auto is_there = [this, text]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return log_.find(text) != std::string::npos;
    };
    return mutex_.AwaitWithTimeout(absl::Condition(&is_there), kLimit);
  }

  static std::string Normal(const std::string& pem) { return *http::NormalizeCertificates(pem); }

  http::TestAuthority first_;
  http::TestAuthority second_;
  const std::string file_ = first_.directory() + "/followed.pem";
  absl::Mutex mutex_;
  std::string log_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::vector<std::string>> applied_ ABSL_GUARDED_BY(mutex_);
  base::ScopedLogSink sink_{[this](std::string_view line) {
    absl::MutexLock lock(&mutex_);
    log_.append(line);
  }};
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
  Write("# another one\n" + second_.CaPem());
  EXPECT_THAT(Await(1), ElementsAre(Normal(second_.CaPem())));
  Write(first_.CaPem() + second_.CaPem());
  EXPECT_THAT(Await(2), ElementsAre(Normal(first_.CaPem() + second_.CaPem())));
}

TEST_F(RegistryCaFilesTest, OneThatCannotBeUsedAnyMoreIsLoggedAndWhatItGaveStays) {
  const RegistryCaFiles files = Follow();
  Write("-----BEGIN PRIVATE KEY-----");
  EXPECT_TRUE(AwaitLog("followed.pem: PEM block 1"));
  // The first thing that is taken over after that.
  Write(second_.CaPem());
  EXPECT_THAT(Await(1), ElementsAre(Normal(second_.CaPem())));
}

TEST_F(RegistryCaFilesTest, WithoutFilesThereIsNothingToFollow) {
  const RegistryCaFiles files({}, {}, nullptr, absl::Milliseconds(1));
}

}  // namespace
}  // namespace countersign::verifier
