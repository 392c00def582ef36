// What the Policy Controller's own tests of TrustRoots say, and what we say: inputs and expectations
// of sigstore/policy-controller at f925c0c1a412910787a7f045581fa9d5ed09a20a (Apache License 2.0), its
// pkg/apis/policy/v1alpha1/trustroot_validation_test.go and trustroot_defaults_test.go. What it makes
// with its own keys is made here of the same shape.

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_join.h"
#include "base/json.h"
#include "crypto/certificate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/sigstore/trust_root.h"
#include "policy/sigstore/trust_root_fixture.h"
#include "tuf/test_repository.h"

namespace countersign::policy {
namespace {

using base::Json;

struct Row {
  const char* name;
  Json spec;
  const char* theirs;  // "": it accepts it
  const char* ours;
};

Json ValidRepository() {
  static const Json* const kSpec = new Json(RepositorySpec(RepositoryWith("valid")));
  return *kSpec;
}

Json RepositoryWithout(const char* member) {
  Json spec = ValidRepository();
  spec["repository"].erase(member);
  return spec;
}

std::vector<Row> RepositoryRows() {
  Json no_archive = ValidRepository();
  no_archive["repository"]["mirrorFS"] = "aGVsbG8gd29ybGQK";
  return {
      // Theirs holds fulcio_v1.crt.pem alone; ours must hold a trusted root.
      {"Should work with a valid repository", ValidRepository(), "", ""},
      {"Should fail with a missing repository.root", RepositoryWithout("root"),
       "missing field(s): spec.repository.root", "missing field(s): spec.repository.root"},
      // D1: the field is called otherwise.
      {"Should fail with a missing repository.repository", RepositoryWithout("mirrorFS"),
       "missing field(s): spec.repository.repository",
       "missing field(s): spec.repository.mirrorFS"},
      // Its webhook, too, puts in the default first, so that nobody has seen this.
      {"Should fail with a missing repository.targets", RepositoryWithout("targets"),
       "missing field(s): spec.repository.targets", ""},
      {"Should fail with an invalid repository.mirrorFS, not a gzip/tar file", no_archive,
       "invalid value: failed to construct a TUF client: spec.repository.mirrorFS\n"
       "failed to uncompress: gzip: invalid header",
       "invalid value: failed to construct a TUF client: spec.repository.mirrorFS\n"
       "failed to uncompress: gzip: invalid header"},
  };
}

Json WithTimestampChain(const std::string& pem) {
  Json authority = AuthorityObject({}, "https://fulcio.example.com");
  authority["certChain"] = Base64(pem);
  return KeysSpec({{"timestampAuthorities", Json::array({authority})}});
}

std::vector<Row> TimestampRows() {
  const auto pem = [](const std::vector<crypto::Certificate>& chain) {
    return crypto::WriteChain(chain);
  };
  return {
      {"Should work with a valid repository",
       WithTimestampChain(pem({Chain().root, Chain().intermediate, Chain().signer})), "", ""},
      {"Should fail splitting the certificates of the certChain", WithTimestampChain("INVALID"),
       "invalid value: error splitting the certificates: certChain\nerror during PEM decoding",
       "invalid value: error splitting the certificates: "
       "spec.sigstoreKeys.timestampAuthorities[0].certChain\nit holds no certificate in PEM"},
      {"Should fail with a must contain at most one TSA certificate",
       WithTimestampChain(
           pem({Chain().root, Chain().intermediate, Chain().signer, Chain().another})),
       "invalid value: certificate chain must contain at most one TSA certificate: certChain",
       "invalid value: certificate chain must contain at most one TSA certificate: "
       "spec.sigstoreKeys.timestampAuthorities[0].certChain"},
  };
}

void CheckRows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    EXPECT_EQ(absl::StrJoin(ErrorsOf(row.spec), "\n"), row.ours)
        << row.name << "; theirs: " << row.theirs;
    // Looser than theirs is only what it puts right itself.
    const bool is_defaulted = std::string_view(row.name).ends_with("missing repository.targets");
    EXPECT_TRUE(*row.theirs == '\0' || *row.ours != '\0' || is_defaulted) << row.name;
  }
}

TEST(TrustRootTables, TestTrustRootValidation) { CheckRows(RepositoryRows()); }

TEST(TrustRootTables, TestTimeStampAuthorityValidation) { CheckRows(TimestampRows()); }

TEST(TrustRootTables, TestTargetsDefaulting) {
  const tuf::TestRepository repository;
  const std::pair<const char*, const char*> rows[] = {{"", "targets"}, {"foo", "foo"}};
  for (const auto& [given, wanted] : rows) {
    Json packed = ValidRepository();
    packed["repository"]["targets"] = given;
    Json remote = RemoteSpec(repository, "https://tuf.example.org");
    remote["remote"]["targets"] = given;
    const TrustRoot of_file = ReadTrustRoot(TrustRootObject(packed));
    const TrustRoot of_mirror = ReadTrustRoot(TrustRootObject(remote));
    EXPECT_EQ(std::get<PackedRepository>(of_file.source).names.targets_folder, wanted);
    EXPECT_EQ(std::get<RemoteRepository>(of_mirror.source).names.targets_folder, wanted);
  }
}

}  // namespace
}  // namespace countersign::policy
