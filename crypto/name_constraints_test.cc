#include "crypto/name_constraints.h"

#include <string>
#include <string_view>
#include <vector>

#include "crypto/der.h"
#include "crypto/test_certificate.h"
#include "crypto/test_der.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"

namespace countersign::crypto {
namespace {

constexpr uint8_t kPermitted = 0;
constexpr uint8_t kExcluded = 1;

std::string Uri(std::string_view text) { return WriteDer(PrimitiveTag(6), {text}); }
std::string Email(std::string_view text) { return WriteDer(PrimitiveTag(1), {text}); }
std::string User(std::string_view text) {
  return WriteDer(ConstructedTag(0),
                  {WriteDerOid("1.3.6.1.4.1.57264.1.7"),
                   WriteDer(ConstructedTag(0), {WriteDer(DerTag::kUtf8String, {text})})});
}

const TestKey& Key() {
  static const TestKey* const key = new TestKey(TestKey::Generate());
  return *key;
}

std::string Write(const TestCertificate& parts) {
  return SignTestTbs(WriteTestTbs(parts, Key()), Key());
}

std::string Named(std::string_view name, std::string_view subject = "") {
  return Write({.subject = std::string(subject),
                .issuer = "root",
                .key = Key(),
                .extensions = {{.oid = "2.5.29.17", .value = WriteDerSequence({name})}}});
}

std::string Authority(const std::vector<TestExtension>& extensions) {
  return Write({.subject = "root", .issuer = "root", .key = Key(), .extensions = extensions});
}

std::string Constraining(uint8_t which, std::string_view base) {
  return Authority(
      {{.oid = "2.5.29.30",
        .is_critical = true,
        .value = WriteDerSequence({WriteDer(ConstructedTag(which), {WriteDerSequence({base})})})}});
}

TEST(NameConstraints, AbsentAllowEverything) {
  EXPECT_TRUE(IsWithinNameConstraints(Named(Uri("https://a.example/")), Authority({})));
}

TEST(NameConstraints, PermitOrExcludeUris) {
  const std::string permitting = Constraining(kPermitted, Uri("a.example"));
  EXPECT_TRUE(IsWithinNameConstraints(Named(Uri("https://a.example/path")), permitting));
  EXPECT_FALSE(IsWithinNameConstraints(Named(Uri("https://b.example/path")), permitting));
  const std::string excluding = Constraining(kExcluded, Uri("a.example"));
  EXPECT_FALSE(IsWithinNameConstraints(Named(Uri("https://a.example/path")), excluding));
  EXPECT_TRUE(IsWithinNameConstraints(Named(Uri("https://b.example/path")), excluding));
}

TEST(NameConstraints, PermitOrExcludeEmails) {
  const std::string permitting = Constraining(kPermitted, Email("a.example"));
  EXPECT_TRUE(IsWithinNameConstraints(Named(Email("x@a.example")), permitting));
  EXPECT_FALSE(IsWithinNameConstraints(Named(Email("x@b.example")), permitting));
  EXPECT_FALSE(IsWithinNameConstraints(Named(Email("x@b.example")),
                                       Constraining(kExcluded, Email("b.example"))));
}

TEST(NameConstraints, SayNothingOfNamesOfOtherKinds) {
  const std::string permitting = Constraining(kPermitted, Uri("a.example"));
  EXPECT_TRUE(IsWithinNameConstraints(Named(Email("x@b.example")), permitting));
  EXPECT_TRUE(IsWithinNameConstraints(Named(User("x!b.example")), permitting));
}

TEST(NameConstraints, AreOfSubjectsToo) {
  const std::string root = WriteDerSequence({WriteDer(
      DerTag::kSet,
      {WriteDerSequence({WriteDerOid("2.5.4.3"), WriteDer(DerTag::kUtf8String, {"allowed"})})})});
  const std::string permitting = Constraining(kPermitted, WriteDer(ConstructedTag(4), {root}));
  EXPECT_TRUE(IsWithinNameConstraints(Named(Uri("https://a/"), "allowed"), permitting));
  EXPECT_FALSE(IsWithinNameConstraints(Named(Uri("https://a/"), "another"), permitting));
}

TEST(NameConstraints, ThatAreNotSupportedAllowNothingOfTheirKind) {
  const std::string constraining = Constraining(kPermitted, User("x!a.example"));
  EXPECT_FALSE(IsWithinNameConstraints(Named(User("x!a.example")), constraining));
  EXPECT_TRUE(IsWithinNameConstraints(Named(Uri("https://a.example/")), constraining));
}

TEST(NameConstraints, AllowNothingIfAnythingIsMalformed) {
  const std::string good = Named(Uri("https://a.example/"));
  EXPECT_FALSE(IsWithinNameConstraints("", Authority({})));
  EXPECT_FALSE(IsWithinNameConstraints(good, ""));
  EXPECT_FALSE(IsWithinNameConstraints(
      good, Authority({{.oid = "2.5.29.30", .is_critical = true, .value = "malformed"}})));
}

}  // namespace
}  // namespace countersign::crypto
