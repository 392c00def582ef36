#include "cli/signers.h"

#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "cosign/test_sigstore.h"
#include "cosign/test_sigstore_json.h"
#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
// Of the warnings.
constexpr char kTimeIsNeeded[] = "a log entry or a timestamp is asked for all the same";
constexpr char kRootJudgesNothing[] = "--trusted-root: nothing is judged by it";

std::string Write(const std::string& name, std::string_view content) {
  const std::string path = absl::StrCat(testing::TempDir(), "/", name);
  std::ofstream(path) << content;
  return path;
}

std::string WriteRoot(const cosign::TrustedRoot& root) {
  return Write("trusted_root.json", cosign::TestTrustedRootJson(root).dump());
}

class SignersTest : public testing::Test {
 protected:
  SignerFlags Key() const { return {.keys = {key_file_}}; }
  SignerFlags Identity() const {
    return {.certificate_identity = std::string(cosign::kTestSubject),
            .certificate_oidc_issuer = std::string(cosign::kTestIssuer),
            .trusted_root = WriteRoot(sigstore_.trusted())};
  }

  absl::StatusOr<std::vector<NamedSigner>> Read(const SignerFlags& flags) {
    warnings_.clear();
    return ReadSigners(flags,
                       [this](std::string_view what) { warnings_.push_back(std::string(what)); });
  }
  // Of flags that are good and name one.
  cosign::SignerPtr One(const SignerFlags& flags) {
    const auto signers = Read(flags);
    if (!signers.ok() || signers->size() != 1) {
      ADD_FAILURE() << signers.status();
      return cosign::KeySigner(key_.Public());
    }
    return signers->front().signer;
  }
  cosign::Witnesses WitnessesFor(const SignerFlags& flags) { return One(flags)->witnesses; }

  const cosign::TestSigstore sigstore_;
  const crypto::TestKey key_ = crypto::TestKey::Generate();
  const std::string key_file_ = Write("signer.pub", key_.PublicPem());
  std::vector<std::string> warnings_;
};

MATCHER_P3(Ask, log_entries, timestamps, certificate_timestamps, "") {
  return arg.log_entries == static_cast<size_t>(log_entries) &&
         arg.timestamps == static_cast<size_t>(timestamps) &&
         arg.certificate_timestamps == static_cast<size_t>(certificate_timestamps);
}

TEST_F(SignersTest, OfAKeyNothingIsAskedButTheKey) {
  SignerFlags flags = Key();
  EXPECT_EQ(One(flags)->id, cosign::KeySigner(key_.Public())->id);
  EXPECT_THAT(warnings_, IsEmpty());
  flags.insecure_ignore_tlog = true;
  flags.insecure_ignore_sct = true;
  EXPECT_EQ(One(flags)->id, cosign::KeySigner(key_.Public())->id);
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(SignersTest, OfAKeyAnEntryOrATimestampIsAskedForIfTheFlagsDo) {
  SignerFlags flags = Key();
  flags.trusted_root = WriteRoot(sigstore_.trusted());
  flags.require_tlog = true;
  EXPECT_THAT(WitnessesFor(flags), Ask(1, 0, 0));
  ASSERT_NE(One(flags)->trust, nullptr);
  EXPECT_THAT(One(flags)->trust->logs, SizeIs(sigstore_.trusted().logs.size()));
  flags.use_signed_timestamps = true;
  EXPECT_THAT(WitnessesFor(flags), Ask(1, 1, 0));
  flags.require_tlog = false;
  EXPECT_THAT(WitnessesFor(flags), Ask(0, 1, 0));
  EXPECT_THAT(warnings_, Not(Contains(HasSubstr(kTimeIsNeeded))));
  EXPECT_THAT(warnings_, Not(Contains(HasSubstr(kRootJudgesNothing))));
}

TEST_F(SignersTest, OfAKeyATrustedRootThatJudgesNothingIsSaid) {
  SignerFlags flags = Key();
  flags.trusted_root = "/no/such/file";
  EXPECT_EQ(One(flags)->id, cosign::KeySigner(key_.Public())->id);
  EXPECT_THAT(warnings_, Contains(HasSubstr(kRootJudgesNothing)));
}

TEST_F(SignersTest, EachKeyIsASignerNamedByItsFile) {
  const crypto::TestKey other = crypto::TestKey::Generate();
  const std::string file = Write("other.pub", other.PublicPem());
  const auto signers = Read({.keys = {key_file_, file}});
  ASSERT_THAT(signers, IsOk());
  ASSERT_THAT(*signers, SizeIs(2));
  EXPECT_EQ((*signers)[0].name, key_file_);
  EXPECT_EQ((*signers)[0].signer->key()->der(), key_.Public().der());
  EXPECT_EQ((*signers)[1].name, file);
  EXPECT_EQ((*signers)[1].signer->key()->der(), other.Public().der());
}

TEST_F(SignersTest, OfAnIdentityALogAndALogOfCertificatesMustKnow) {
  SignerFlags flags = Identity();
  EXPECT_THAT(WitnessesFor(flags), Ask(1, 0, 1));
  EXPECT_EQ(One(flags)->key(), nullptr);
  flags.require_tlog = true;
  EXPECT_THAT(WitnessesFor(flags), Ask(1, 0, 1));
  flags.use_signed_timestamps = true;
  EXPECT_THAT(WitnessesFor(flags), Ask(1, 1, 1));
  flags.insecure_ignore_sct = true;
  EXPECT_THAT(WitnessesFor(flags), Ask(1, 1, 0));
  flags.require_tlog = false;
  flags.insecure_ignore_tlog = true;
  EXPECT_THAT(WitnessesFor(flags), Ask(0, 1, 0));
  EXPECT_THAT(warnings_, Not(Contains(HasSubstr(kTimeIsNeeded))));
  EXPECT_THAT(warnings_, Not(Contains(HasSubstr(kRootJudgesNothing))));
}

TEST_F(SignersTest, ThatAnIdentityNeedsATimeAllTheSameIsSaid) {
  SignerFlags flags = Identity();
  flags.insecure_ignore_tlog = true;
  EXPECT_THAT(WitnessesFor(flags), Ask(0, 0, 1));
  EXPECT_THAT(warnings_, Contains(HasSubstr(kTimeIsNeeded)));
}

TEST_F(SignersTest, WithoutAFileTheRootThatIsShippedJudges) {
  SignerFlags flags = Identity();
  flags.trusted_root = "";
  EXPECT_FALSE(One(flags)->trust->logs.empty());
  flags.trusted_root = "/no/such/file";
  EXPECT_THAT(Read(flags),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("--trusted-root: /no/such/file")));
}

TEST_F(SignersTest, WhatTheRootHasNobodyForCannotBeAskedFor) {
  cosign::TrustedRoot root = sigstore_.trusted();
  const auto read = [&](SignerFlags flags) {
    flags.trusted_root = WriteRoot(root);
    return Read(flags);
  };
  SignerFlags flags = Identity();
  root.logs.clear();
  EXPECT_THAT(read(flags), StatusIs(kInvalid, HasSubstr("--insecure-ignore-tlog")));
  flags.insecure_ignore_tlog = true;
  flags.use_signed_timestamps = true;
  EXPECT_THAT(read(flags), IsOk());
  root.certificate_logs.clear();
  EXPECT_THAT(read(flags), StatusIs(kInvalid, HasSubstr("--insecure-ignore-sct")));
  flags.insecure_ignore_sct = true;
  EXPECT_THAT(read(flags), IsOk());
  root.timestamp_authorities.clear();
  EXPECT_THAT(read(flags), StatusIs(kInvalid, HasSubstr("--use-signed-timestamps: ")));
}

TEST_F(SignersTest, ALogCannotBeBothAskedForAndIgnored) {
  for (SignerFlags flags : {Key(), Identity()}) {
    flags.require_tlog = true;
    flags.insecure_ignore_tlog = true;
    EXPECT_THAT(Read(flags), StatusIs(kInvalid, HasSubstr("--require-tlog: ")));
  }
}

TEST_F(SignersTest, WhereNobodyIsNamedCertificatesNeedTheWitnessesThatTheRootHas) {
  cosign::TrustedRoot root = sigstore_.trusted();
  const auto read = [&](SignerFlags flags) {
    flags.trusted_root = WriteRoot(root);
    warnings_.clear();
    return ReadCertificateTrust(
        flags, [this](std::string_view what) { warnings_.push_back(std::string(what)); });
  };
  auto trust = read({});
  ASSERT_THAT(trust, IsOk());
  EXPECT_THAT(trust->witnesses, Ask(1, 0, 1));
  EXPECT_THAT(trust->root->logs, SizeIs(root.logs.size()));
  root.logs.clear();
  root.certificate_logs.clear();
  trust = read({.use_signed_timestamps = true});
  ASSERT_THAT(trust, IsOk());
  EXPECT_THAT(trust->witnesses, Ask(0, 1, 0));
  EXPECT_THAT(read({.require_tlog = true}), StatusIs(kInvalid, HasSubstr("--trusted-root: ")));
  root.timestamp_authorities.clear();
  EXPECT_THAT(read({.use_signed_timestamps = true}),
              StatusIs(kInvalid, HasSubstr("--use-signed-timestamps: ")));
}

TEST_F(SignersTest, WhereNobodyIsNamedTheSameIsSaidOfFlagsThatCannotBe) {
  const auto read = [this](const SignerFlags& flags) {
    warnings_.clear();
    return ReadCertificateTrust(
        flags, [this](std::string_view what) { warnings_.push_back(std::string(what)); });
  };
  EXPECT_THAT(read({.insecure_ignore_tlog = true, .require_tlog = true}),
              StatusIs(kInvalid, HasSubstr("--require-tlog: ")));
  EXPECT_THAT(read({.insecure_ignore_tlog = true}), IsOk());
  EXPECT_THAT(warnings_, Contains(HasSubstr(kTimeIsNeeded)));
  EXPECT_THAT(read({.insecure_ignore_tlog = true, .use_signed_timestamps = true}), IsOk());
  EXPECT_THAT(warnings_, Not(Contains(HasSubstr(kTimeIsNeeded))));
}

TEST_F(SignersTest, SomebodyMustBeNamed) {
  EXPECT_THAT(Read({}), StatusIs(kInvalid, HasSubstr("say whose signature it must be")));
  EXPECT_THAT(Read({.use_signed_timestamps = true}), StatusIs(kInvalid));
}

}  // namespace
}  // namespace countersign::cli
