#include "cli/bundle_signer.h"

#include <cstddef>
#include <memory>
#include <utility>

#include "cosign/identity.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"
#include "trust/shipped_roots.h"

namespace countersign::cli {
namespace {

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

TEST(SignerOf, AsksForWhatTheRootAndTheBundleHave) {
  const KeyOrIdentities who = cosign::Identities::Compile({{.issuer = "https://issuer.example",
                                                            .subject = "signer@example.org"}})
                                  .value();
  for (const bool logs : {false, true}) {
    for (const bool authorities : {false, true}) {
      for (const size_t timestamps : {0, 1, 2}) {
        const auto root = Root(logs, authorities);
        const auto signer =
            SignerOf(who, BundleWitnesses({}, true, *root), BundleWith(timestamps), root);
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
  const auto signer =
      SignerOf(key.Public(), BundleWitnesses({}, false, *root), BundleWith(1), root);
  EXPECT_EQ(signer->witnesses.log_entries, 1u);
  EXPECT_EQ(signer->witnesses.timestamps, 1u);
  EXPECT_EQ(signer->witnesses.certificate_timestamps, 0u);
  ASSERT_NE(signer->key(), nullptr);
  EXPECT_EQ(signer->key()->der(), key.Public().der());
  EXPECT_EQ(signer->trust, root);
}

TEST(BundleWitnesses, AreThoseThatTheFlagsLeave) {
  const auto root = Root(true, true);
  for (const bool is_certified : {false, true}) {
    const auto ask = [&](const SignerFlags& flags) {
      return BundleWitnesses(flags, is_certified, *root);
    };
    EXPECT_EQ(ask({.insecure_ignore_tlog = true}).log_entries, 0u);
    EXPECT_EQ(ask({.require_tlog = true}).log_entries, 1u);
    EXPECT_EQ(ask({.insecure_ignore_sct = true}).log_entries, 1u);
    EXPECT_EQ(ask({.insecure_ignore_sct = true}).certificate_timestamps, 0u);
    EXPECT_EQ(ask({.use_signed_timestamps = true}).timestamps, 1u);
    EXPECT_EQ(ask({}).timestamps, 0u);
  }
  // A root without logs has nobody for it, which is for CheckRoot to say.
  EXPECT_EQ(BundleWitnesses({.require_tlog = true}, true, *Root(false, true)).log_entries, 1u);
}

}  // namespace
}  // namespace countersign::cli
