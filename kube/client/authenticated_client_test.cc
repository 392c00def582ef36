#include "kube/client/authenticated_client.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using absl::StatusCode;
using base::IsOk;
using base::StatusIs;
using testing::HasSubstr;

class AuthenticatedClientTest : public testing::Test {
 protected:
  AuthenticatedClientTest() : file_(absl::StrCat(testing::TempDir(), "/token")) {}

  void Write(const std::string& token) { std::ofstream(file_) << token; }

  AuthenticatedClientSource::Loaded Load(AuthenticatedClientSource& source) {
    return source.Load(/*refused=*/false, base::Soon());
  }

  const std::string file_;
  base::FakeClock clock_;
  AuthenticatedClientSource source_{
      {.server = "https://localhost", .token_file = file_}, absl::Seconds(20), &clock_};
};

TEST_F(AuthenticatedClientTest, IsTheSameForAsLongAsTheAccessIs) {
  Write("1");
  const auto first = Load(source_);
  ASSERT_THAT(first.client, IsOk());
  EXPECT_THAT(first.fault, IsOk());
  EXPECT_EQ((*first.client)->access.token, "1");
  EXPECT_EQ(*Load(source_).client, *first.client);
}

TEST_F(AuthenticatedClientTest, KeepsItsConnectionsWhenOnlyTheTokenChanges) {
  Write("1");
  const auto first = Load(source_);
  Write("2");
  const auto second = Load(source_);
  EXPECT_EQ((*second.client)->access.token, "2");
  EXPECT_NE(*second.client, *first.client);
  EXPECT_EQ((*second.client)->http, (*first.client)->http);
}

TEST_F(AuthenticatedClientTest, StaysWhatItWasWhenItCannotBeReadAgain) {
  int warnings = 0;
  const base::ScopedLogSink sink([&](std::string_view) { ++warnings; });
  Write("1");
  const auto first = Load(source_);
  std::remove(file_.c_str());
  for (int i = 0; i < 3; ++i) {
    const auto again = Load(source_);
    EXPECT_EQ(*again.client, *first.client);
    EXPECT_THAT(again.fault, StatusIs(StatusCode::kNotFound, HasSubstr(file_)));
  }
  EXPECT_EQ(warnings, 1);
  Write("1");
  EXPECT_THAT(Load(source_).fault, IsOk());
  std::remove(file_.c_str());
  EXPECT_FALSE(Load(source_).fault.ok());
  EXPECT_EQ(warnings, 2);
}

TEST_F(AuthenticatedClientTest, IsAnErrorUntilTheFirst) {
  std::remove(file_.c_str());
  const auto none = Load(source_);
  EXPECT_THAT(none.client, StatusIs(StatusCode::kNotFound, HasSubstr(file_)));
  EXPECT_EQ(none.fault, none.client.status());
  EXPECT_EQ(source_.Check(), none.fault);
  Write("1");
  EXPECT_THAT(Load(source_).client, IsOk());
  EXPECT_THAT(source_.Check(), IsOk());
}

}  // namespace
}  // namespace countersign::kube
