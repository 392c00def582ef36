#include "cli/bundle_signer.h"

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/status_matchers.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "trust/shipped_roots.h"

namespace countersign::cli {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::HasSubstr;

const SignerFlags kIdentity = {.certificate_identity = "signer@example.org",
                               .certificate_oidc_issuer = "https://issuer.example"};

std::string Write(const std::string& content) {
  const std::string path = testing::TempDir() + "/key.pub";
  std::ofstream(path) << content;
  return path;
}

// Its logs and authorities are those of the public instance, if it is to have any.
std::shared_ptr<const cosign::TrustedRoot> Root(bool with_logs, bool with_timestamp_authorities) {
  auto root = cosign::ParseTrustedRoot(trust::SigstoreTrustedRoot()).value();
  if (!with_logs) root.logs.clear();
  if (!with_timestamp_authorities) root.timestamp_authorities.clear();
  return std::make_shared<const cosign::TrustedRoot>(std::move(root));
}

cosign::Bundle BundleWith(size_t timestamps) {
  cosign::Bundle bundle;
  bundle.timestamps.assign(timestamps, "timestamp");
  return bundle;
}

TEST(ReadSigner, ReadsAKeyOrAnIdentity) {
  const auto key = crypto::TestKey::Generate();
  const auto by_key = ReadSigner({.key = Write(key.PublicPem())});
  ASSERT_THAT(by_key, IsOk());
  EXPECT_EQ(std::get<crypto::PublicKey>(*by_key).der(), key.Public().der());
  const auto by_identity = ReadSigner(kIdentity);
  ASSERT_THAT(by_identity, IsOk());
  const auto& identities = std::get<cosign::Identities>(*by_identity);
  EXPECT_NE(identities.FindSubject(
                {.issuer = "https://issuer.example", .subjects = {"signer@example.org"}}),
            nullptr);
  EXPECT_EQ(identities.FindSubject(
                {.issuer = "https://issuer.example", .subjects = {"another.signer@example.org"}}),
            nullptr);
}

TEST(ReadSigner, SaysWhichFlagIsMissingOrTooMany) {
  for (const auto& [flags, sentence] : std::vector<std::pair<SignerFlags, std::string>>{
           {{}, "say whose signature it must be"},
           {{.certificate_identity = "n"}, "--certificate-identity: "},
           {{.certificate_oidc_issuer = "i"}, "--certificate-oidc-issuer: "},
           {{.key = "k", .certificate_identity = "n"}, "--key: "},
           {{.key = "k", .certificate_oidc_issuer = "i"}, "--key: "},
           {{"k", "n", "i"}, "--key: "}}) {
    EXPECT_THAT(ReadSigner(flags),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(sentence)));
  }
}

TEST(ReadSigner, NamesTheFlagAndTheFileOfAKeyThatIsNone) {
  const std::string path = Write("no key");
  EXPECT_THAT(ReadSigner({.key = path}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--key: " + path + ": ")));
  EXPECT_THAT(ReadSigner({.key = "/no/such/file"}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("--key: /no/such/file")));
}

TEST(SignerOf, AsksForWhatTheRootAndTheBundleHave) {
  const KeyOrIdentities who = ReadSigner(kIdentity).value();
  for (const bool logs : {false, true}) {
    for (const bool authorities : {false, true}) {
      for (const size_t timestamps : {0, 1, 2}) {
        const auto signer = SignerOf(who, BundleWith(timestamps), Root(logs, authorities));
        EXPECT_EQ(signer->witnesses.log_entries, logs ? 1u : 0u);
        EXPECT_EQ(signer->witnesses.timestamps, authorities && timestamps > 0 ? 1u : 0u);
        EXPECT_EQ(signer->witnesses.certificate_timestamps, 1u);
        EXPECT_EQ(signer->key(), nullptr);
      }
    }
  }
}

TEST(SignerOf, AsksNoLogOfCertificatesAboutAKey) {
  const auto key = crypto::TestKey::Generate();
  const auto root = Root(true, true);
  const auto signer = SignerOf(key.Public(), BundleWith(1), root);
  EXPECT_EQ(signer->witnesses.log_entries, 1u);
  EXPECT_EQ(signer->witnesses.timestamps, 1u);
  EXPECT_EQ(signer->witnesses.certificate_timestamps, 0u);
  ASSERT_NE(signer->key(), nullptr);
  EXPECT_EQ(signer->key()->der(), key.Public().der());
  EXPECT_EQ(signer->trust, root);
}

}  // namespace
}  // namespace countersign::cli
