#include "http/server/tls_flags.h"

#include <string>

#include "CLI/CLI.hpp"
#include "base/flag_error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::http {
namespace {

using testing::HasSubstr;

struct Files {
  std::string cert;
  std::string key;
};

// The files that the line names; throws what is wrong with it.
Files Parse(const std::string& line, bool is_required) {
  Files files;
  CLI::App app;
  AddTlsFlags(&app, &files.cert, &files.key, is_required);
  app.parse(line);
  return files;
}

std::string ErrorOf(const std::string& line, bool is_required) {
  return base::FlagError([&] { Parse(line, is_required); });
}

TEST(TlsFlags, NameTheFiles) {
  const Files files = Parse("--tls-cert=c.pem --tls-key k.pem", /*is_required=*/true);
  EXPECT_EQ(files.cert, "c.pem");
  EXPECT_EQ(files.key, "k.pem");
}

TEST(TlsFlags, MayBeMissingUnlessTheyAreRequired) {
  EXPECT_EQ(ErrorOf("", /*is_required=*/false), "");
  EXPECT_THAT(ErrorOf("--tls-key=k", /*is_required=*/true), HasSubstr("--tls-cert"));
  EXPECT_THAT(ErrorOf("--tls-cert=c", /*is_required=*/true), HasSubstr("--tls-key"));
}

}  // namespace
}  // namespace countersign::http
