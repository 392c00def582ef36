// TrustRoots of others, as they are written: those of sigstore/policy-controller's tests
// (test/testdata/trustroot at f925c0c, Apache License 2.0; ../shared/data), and those that GitHub's
// Helm chart `trust-policies` makes (testdata/trust_roots).

#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "base/json.h"
#include "base/shared_data_fixture.h"
#include "base/status_matchers.h"
#include "cosign/trusted_root.h"
#include "crypto/certificate.h"
#include "crypto/public_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kube/manifests/yaml_documents.h"
#include "policy/sigstore/trust_root.h"
#include "policy/sigstore/trust_root_fixture.h"
#include "tuf/test_archive.h"
#include "tuf/test_repository.h"

namespace countersign::policy {
namespace {

using base::Json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Replacements = std::vector<std::pair<std::string, std::string>>;

class PolicyControllerTrustRoots : public base::SharedDataTest {
 protected:
  PolicyControllerTrustRoots() : SharedDataTest("policy_controller") {}

  // The object in a file, in which words stand for what its test makes.
  Json Object(const std::string& file, const Replacements& replacements = {}) const {
    const std::string text = absl::StrReplaceAll(Load("trustroot/" + file), replacements);
    const auto documents = kube::ParseYamlDocuments(file, text);
    EXPECT_THAT(documents, base::IsOk());
    return documents.ok() && documents->size() == 1 ? (*documents)[0].json : Json();
  }
  std::string Golden(const std::string& file) const { return Load("trustroot/golden/" + file); }
};

TEST_F(PolicyControllerTrustRoots, TheValidOneTrustsWhatItsGoldenFilesHold) {
  const TrustRoot root = ReadTrustRoot(Object("valid/valid-sigstore-keys.yaml"));
  ASSERT_THAT(Texts(root.errors), IsEmpty());
  EXPECT_EQ(root.name, "bring-your-own-sigstore-keys");
  const cosign::TrustedRoot& trusted = *std::get<StatedRoot>(root.source).root;
  const auto chain = [&](const std::string& file) {
    return crypto::WriteChain(*crypto::Certificate::ParseChain(Golden(file)));
  };
  ASSERT_THAT(trusted.certificate_authorities, SizeIs(1));
  EXPECT_EQ(crypto::WriteChain(trusted.certificate_authorities[0].chain), chain("fulcio.crt.pem"));
  ASSERT_THAT(trusted.timestamp_authorities, SizeIs(1));
  EXPECT_EQ(crypto::WriteChain(trusted.timestamp_authorities[0].authority.chain),
            chain("tsa.crt.pem"));
  ASSERT_THAT(trusted.logs, SizeIs(1));
  ASSERT_THAT(trusted.certificate_logs, SizeIs(1));
  const auto der = [&](const std::string& file) {
    return crypto::PublicKey::FromPem(Golden(file))->der();
  };
  EXPECT_EQ(trusted.logs[0].key.der(), der("rekor.pem"));
  EXPECT_EQ(trusted.certificate_logs[0].key.der(), der("ctfe.pem"));
}

TEST_F(PolicyControllerTrustRoots, ThoseOfItsEndToEndTestsAreRead) {
  const tuf::TestRepository repository = RepositoryWith("e2e");
  const Replacements words = {{"FULCIO_CERT_CHAIN", Base64(Golden("fulcio.crt.pem"))},
                              {"TSA_CERT_CHAIN", Base64(Golden("tsa.crt.pem"))},
                              {"REKOR_PUBLIC_KEY", Base64(Golden("rekor.pem"))},
                              {"CTFE_PUBLIC_KEY", Base64(Golden("ctfe.pem"))},
                              {"TSA_URL", "http://tsa.tsa-system.svc"},
                              {"TUF_MIRROR", "http://tuf.tuf-system.svc"},
                              {"ROOT_JSON", Base64(repository.RootFile(1))},
                              {"REPOSITORY", Base64(tuf::WriteTestArchive(repository.files))}};
  for (const char* const file :
       {"bring-your-own-keys", "with-tsa", "with-remote", "with-repository"}) {
    const Json object = Object(std::string("e2e/") + file + ".yaml", words);
    EXPECT_THAT(Texts(ValidateTrustRoot(object, tuf::TestNow())), IsEmpty()) << file;
  }
  // As they stand, with words where bytes should be, they are refused.
  for (const char* const file :
       {"bring-your-own-keys", "with-tsa", "with-remote", "with-repository"}) {
    const Json object = Object(std::string("e2e/") + file + ".yaml");
    EXPECT_FALSE(ReadTrustRoot(object).errors.empty()) << file;
  }
}

class GitHubTrustRoots : public testing::Test {
 protected:
  // What the chart makes, for github.com and for an enterprise with that trust domain.
  static Json Object(const std::string& root, const std::string& domain) {
    Json spec = {
        {"remote", {{"mirror", "https://tuf-repo.github.com/"}, {"root", Base64(root) + "\n"}}}};
    if (!domain.empty()) spec["remote"]["trustedRootTarget"] = domain + ".trusted_root.json";
    return TrustRootObject(spec, "github");
  }

  const absl::StatusOr<std::string> tuf_root_ =
      base::LoadFile("testdata/trust_roots/github_tuf_root.json");
};

TEST_F(GitHubTrustRoots, BothAreRead) {
  ASSERT_THAT(tuf_root_, base::IsOk());
  for (const std::string domain : {"", "octo"}) {
    const TrustRoot root = ReadTrustRoot(Object(*tuf_root_, domain));
    ASSERT_THAT(Texts(root.errors), IsEmpty());
    const auto& remote = std::get<RemoteRepository>(root.source);
    EXPECT_EQ(remote.mirror, "https://tuf-repo.github.com/");
    EXPECT_EQ(remote.root, *tuf_root_);
    EXPECT_EQ(remote.names.target, domain.empty() ? "trusted_root.json" : "octo.trusted_root.json");
    EXPECT_EQ(remote.names.targets_folder, "targets");
  }
}

TEST_F(GitHubTrustRoots, ARootThatWasTamperedWithIsRefused) {
  ASSERT_THAT(tuf_root_, base::IsOk());
  const std::string root = absl::StrReplaceAll(*tuf_root_, {{"2025-04-11", "2035-04-11"}});
  ASSERT_NE(root, *tuf_root_);
  EXPECT_THAT(Texts(ReadTrustRoot(Object(root, "")).errors),
              ElementsAre(testing::StartsWith(
                  "invalid value: failed to construct a TUF client: spec.remote.root\n")));
}

}  // namespace
}  // namespace countersign::policy
