#include "cli/certificates/certificate_directory.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/fake_clock.h"
#include "base/status_matchers.h"
#include "cli/certificates/authorities.h"
#include "cli/certificates/certificate_options.h"
#include "cli/certificates/certificate_run.h"
#include "cli/certificates/certificate_secret.h"
#include "cli/certificates/leaf_certificate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

namespace fs = std::filesystem;
using base::IsOk;
using base::IsOkAndHolds;
using base::Json;
using base::StatusIs;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

kube::ObjectPath PathOf(std::string_view name) {
  return {
      .version = "v1", .object_namespace = "ns", .resource = "secrets", .name = std::string(name)};
}

class CertificateDirectoryTest : public testing::Test {
 protected:
  CertificateDirectoryTest()
      : directory_(absl::StrCat(testing::TempDir(), "/certificates-",
                                testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(directory_);
    store_ = *CertificateDirectory::Open(directory_);
  }
  ~CertificateDirectoryTest() override { fs::remove_all(directory_); }

  std::string FileOf(std::string_view file) const { return absl::StrCat(directory_, "/", file); }
  std::string Text(std::string_view file) const {
    std::ifstream stream(FileOf(file));
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  // What is in a folder, hidden files not.
  std::vector<std::string> Names(std::string_view folder) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(FileOf(folder))) {
      const std::string name = entry.path().filename();
      if (name.front() != '.') names.push_back(name);
    }
    return names;
  }
  static unsigned ModeOf(const std::string& file) {
    struct stat status = {};
    EXPECT_EQ(stat(file.c_str(), &status), 0) << file;
    return status.st_mode & 0777;
  }

  absl::StatusOr<Json> Create(std::string_view name, const Json& object) {
    return store_->Create(PathOf(name), object, absl::InfiniteFuture());
  }
  absl::StatusOr<Json> Replace(std::string_view name, const Json& object) {
    return store_->Replace(PathOf(name), object, absl::InfiniteFuture());
  }
  absl::StatusOr<Json> Get(std::string_view name) {
    return store_->Get(PathOf(name), absl::InfiniteFuture());
  }

  const std::string directory_;
  std::unique_ptr<CertificateDirectory> store_;
};

const Json kObject = {{"metadata", {{"annotations", {{"a", "b"}}}}},
                      {"data", {{"tls.crt", "YWJj"}, {"tls.key", "ZGVm"}}}};

TEST_F(CertificateDirectoryTest, ASecretIsAFolderOfFiles) {
  EXPECT_THAT(Get("s"), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_THAT(Create("s", kObject), IsOk());
  EXPECT_THAT(Names("s"), UnorderedElementsAre("tls.crt", "tls.key"));
  EXPECT_EQ(Text("s/tls.crt"), "abc");
  EXPECT_EQ(Text("s/tls.key"), "def");
  const Json read = *Get("s");
  EXPECT_EQ(read["data"], kObject["data"]);
  EXPECT_EQ(read["metadata"]["annotations"], kObject["metadata"]["annotations"]);
  EXPECT_THAT(Create("s", kObject), StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_F(CertificateDirectoryTest, OnlyKeysAreForTheirOwnerAlone) {
  ASSERT_THAT(Create("s", kObject), IsOk());
  EXPECT_EQ(ModeOf(FileOf("s/tls.key")) & 0077, 0u);
  EXPECT_EQ(ModeOf(FileOf("s/tls.crt")) & 0444, 0444u);
}

TEST_F(CertificateDirectoryTest, AllFilesChangeByOneLink) {
  ASSERT_THAT(Create("s", kObject), IsOk());
  EXPECT_EQ(fs::read_symlink(FileOf("s/tls.crt")), "..data/tls.crt");
  const fs::path before = fs::read_symlink(FileOf("s/..data"));
  Json object = *Get("s");
  object["data"] = {{"tls.crt", "eHl6"}, {"ca.crt", "MTIz"}};
  ASSERT_THAT(Replace("s", object), IsOk());
  EXPECT_THAT(Names("s"), UnorderedElementsAre("tls.crt", "ca.crt"));
  EXPECT_EQ(Text("s/tls.crt"), "xyz");
  EXPECT_NE(fs::read_symlink(FileOf("s/..data")), before);
  EXPECT_FALSE(fs::exists(FileOf(absl::StrCat("s/", before.string()))));
}

TEST_F(CertificateDirectoryTest, WhoHasReadAnOldOneReplacesNothing) {
  ASSERT_THAT(Create("s", kObject), IsOk());
  const Json read = *Get("s");
  Json other = read;
  other["data"]["tls.crt"] = "eHl6";
  ASSERT_THAT(Replace("s", other), IsOk());
  EXPECT_THAT(Replace("s", read), StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(Text("s/tls.crt"), "xyz");
  EXPECT_THAT(Replace("absent", read), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(CertificateDirectoryTest, FilesOfOthersAreReadAsASecretWithoutAnnotations) {
  fs::create_directories(FileOf("s"));
  std::ofstream(FileOf("s/tls.crt")) << "abc";
  Json object = *Get("s");
  EXPECT_EQ(object["data"], Json({{"tls.crt", "YWJj"}}));
  EXPECT_EQ(object["metadata"]["annotations"], Json::object());
  object["data"]["tls.crt"] = "eHl6";
  ASSERT_THAT(Replace("s", object), IsOk());
  EXPECT_EQ(Text("s/tls.crt"), "xyz");
  EXPECT_TRUE(fs::is_symlink(FileOf("s/tls.crt")));
}

TEST_F(CertificateDirectoryTest, FilesOfOthersMayHaveAnyName) {
  fs::create_directories(FileOf("s"));
  std::ofstream(FileOf("s/\xff")) << "abc";
  const absl::StatusOr<Json> object = Get("s");
  ASSERT_THAT(object, IsOk());
  ASSERT_THAT(Replace("s", *object), IsOk());
  EXPECT_EQ(Text("s/\xff"), "abc");
}

TEST_F(CertificateDirectoryTest, ThereIsNothingButSecrets) {
  kube::ObjectPath webhook = PathOf("w");
  webhook.resource = "mutatingwebhookconfigurations";
  fs::create_directories(FileOf("w"));
  EXPECT_THAT(store_->Get(webhook, absl::InfiniteFuture()), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(CertificateDirectoryTest, WhatTheSystemRefusesIsSaid) {
  EXPECT_THAT(CertificateDirectory::Open(FileOf("absent/deeper")),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("No such file")));
  // What cannot be looked at is not absent.
  EXPECT_THAT(Get(std::string(300, 'x')),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("File name too long")));
}

// The command's life with files, as long as an authority and its successors live.
class CertificateDirectoryLifeTest : public CertificateDirectoryTest {
 protected:
  CertificateDirectoryLifeTest() {
    options_.mutating_webhooks.clear();
    options_.validating_webhooks.clear();
    options_.ca_lifetime = absl::Hours(6);
    options_.leaf_lifetime = absl::Hours(2);
    run_.store = store_.get();
    run_.clock = &clock_;
    run_.sleep = [this](absl::Duration duration) { clock_.Advance(duration); };
    run_.say = [this](std::string_view line) { said_.emplace_back(line); };
  }

  absl::StatusOr<bool> Run() {
    said_.clear();
    return RunCertificates(run_, options_);
  }

  CertificateSecret Secret(const std::string& name) {
    return CertificateSecret(PathOf(name), Get(name).value_or(Json()));
  }

  // What is wrong with the certificates, by those who are trusted by the files of each.
  std::string Faults() {
    std::vector<std::string> faults;
    const Authorities authorities =
        ReadAuthorities(Secret("countersign-ca"), clock_.Now()).authorities;
    for (const LeafSpec& spec : LeafSpecs(options_)) {
      const Leaf leaf = ReadLeaf(Secret(spec.secret_name));
      const std::string fault =
          FaultOf(leaf, spec, authorities.Trusted(clock_.Now()), clock_.Now());
      if (!fault.empty()) faults.push_back(absl::StrCat(spec.secret_name, " ", fault));
    }
    return absl::StrJoin(faults, "; ");
  }

  base::FakeClock clock_;
  CertificateOptions options_;
  CertificateRun run_;
  std::vector<std::string> said_;
};

TEST_F(CertificateDirectoryLifeTest, TheSameFilesAreMadeAsInACluster) {
  ASSERT_THAT(Run(), IsOkAndHolds(true));
  EXPECT_THAT(Names("."),
              UnorderedElementsAre("countersign-ca", "countersign-verifier-tls",
                                   "countersign-shim-client-tls", "countersign-shim-tls"));
  EXPECT_THAT(Names("countersign-verifier-tls"),
              UnorderedElementsAre("tls.crt", "tls.key", "ca.crt"));
  EXPECT_THAT(Names("countersign-shim-tls"), UnorderedElementsAre("tls.crt", "tls.key"));
  EXPECT_THAT(Text("countersign-ca/ca.crt"), HasSubstr("BEGIN CERTIFICATE"));
  EXPECT_EQ(Faults(), "");
}

TEST_F(CertificateDirectoryLifeTest, ARunWithNothingToDoWritesNothing) {
  ASSERT_THAT(Run(), IsOkAndHolds(true));
  const fs::path before = fs::read_symlink(FileOf("countersign-ca/..data"));
  ASSERT_THAT(Run(), IsOkAndHolds(true));
  EXPECT_EQ(fs::read_symlink(FileOf("countersign-ca/..data")), before)
      << absl::StrJoin(said_, "\n");
}

TEST_F(CertificateDirectoryLifeTest, EverythingIsRenewedInTime) {
  ASSERT_THAT(Run(), IsOkAndHolds(true));
  const std::string first = Text("countersign-ca/tls.crt");
  const std::string leaf = Text("countersign-shim-tls/tls.crt");
  for (int minutes = 0; minutes < 24 * 60; minutes += 5) {
    clock_.Advance(absl::Minutes(5));
    ASSERT_THAT(Run(), IsOkAndHolds(true));
    ASSERT_EQ(Faults(), "") << minutes;
  }
  EXPECT_NE(Text("countersign-ca/tls.crt"), first);
  EXPECT_NE(Text("countersign-shim-tls/tls.crt"), leaf);
}

TEST_F(CertificateDirectoryLifeTest, FilesOfOthersAreWrittenOverOnlyIfOneSaysSo) {
  fs::create_directories(FileOf("countersign-shim-tls"));
  std::ofstream(FileOf("countersign-shim-tls/tls.crt")) << "mine";
  EXPECT_THAT(Run(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("--take-over")));
  EXPECT_EQ(Text("countersign-shim-tls/tls.crt"), "mine");
  options_.take_over = true;
  EXPECT_THAT(Run(), IsOkAndHolds(true));
  EXPECT_EQ(Faults(), "");
}

}  // namespace
}  // namespace countersign::cli
