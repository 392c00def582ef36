#include "policy/sigstore/trust_root.h"

#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/sigstore/trust_root_fields.h"
#include "policy/sigstore/trust_root_fixture.h"
#include "tuf/test_archive.h"
#include "tuf/test_repository.h"

namespace countersign::policy {
namespace {

using base::Json;
using base::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kMirror[] = "https://tuf.example.org";

TEST(TrustRoot, HasExactlyOneSource) {
  const tuf::TestRepository repository;
  const Json remote = RemoteSpec(repository, kMirror);
  EXPECT_THAT(ErrorsOf(remote), IsEmpty());
  EXPECT_THAT(ErrorsOf(Json::object()),
              ElementsAre("expected exactly one, got neither: spec.remote, spec.repository, "
                          "spec.sigstoreKeys"));
  Json both = remote;
  both["sigstoreKeys"] = ValidKeys();
  EXPECT_THAT(ErrorsOf(both),
              ElementsAre("expected exactly one, got both: spec.remote, spec.repository, "
                          "spec.sigstoreKeys"));
  both["sigstoreKeys"] = nullptr;
  EXPECT_THAT(ErrorsOf(both), IsEmpty());
}

TEST(TrustRoot, WhatIsNoTrustRootIsSaid) {
  const auto errors_of = [](const char* text) {
    return Texts(ReadTrustRoot(Json::parse(text)).errors);
  };
  for (const char* text : {"[]", "[1]", "null", "\"text\""}) {
    EXPECT_THAT(errors_of(text), SizeIs(4)) << text;
  }
  EXPECT_THAT(errors_of(R"({"apiVersion": "other/v1", "kind": "Root", "metadata": {"name": 7},
                            "spec": 7})"),
              ElementsAre(StartsWith("invalid value: other/v1: apiVersion"),
                          StartsWith("invalid value: Root: kind"),
                          StartsWith("invalid value: must be a string: metadata.name"),
                          "missing field(s): metadata.name",
                          StartsWith("invalid value: must be an object: spec")));
  Json object = TrustRootObject(KeysSpec(ValidKeys()));
  object["apiVersion"] = "policy.sigstore.dev/v1beta1";
  EXPECT_THAT(ReadTrustRoot(object).errors, IsEmpty());
}

TEST(TrustRoot, UnknownMembersAreRefused) {
  Json spec = KeysSpec(ValidKeys());
  spec["sigstoreKeys"]["tlogs"] = Json::array();
  spec["sigstoreKeys"]["ctLogs"][0]["baseUrl"] = "x";
  EXPECT_THAT(ErrorsOf(spec),
              ElementsAre(StartsWith("must not set the field(s): spec.sigstoreKeys.tlogs"),
                          StartsWith("must not set the field(s): "
                                     "spec.sigstoreKeys.ctLogs[0].baseUrl")));
}

// They are kept by the API server, and may be what its author meant by `spec`'s.
TEST(TrustRoot, UnknownMembersBesideItsSpecAreRefused) {
  Json object = TrustRootObject(KeysSpec(ValidKeys()));
  object["status"] = {{"observedGeneration", 1}};
  EXPECT_THAT(ReadTrustRoot(object).errors, IsEmpty());
  object["sepc"] = nullptr;
  object["remote"] = Json::object();
  const TrustRoot root = ReadTrustRoot(object);
  EXPECT_THAT(Texts(root.errors),
              ElementsAre("must not set the field(s): remote\nthere is no such field",
                          "must not set the field(s): sepc\nthere is no such field"));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(root.source));
}

TEST(TrustRoot, ARemoteOneIsReadWithItsDefaults) {
  const tuf::TestRepository repository;
  const TrustRoot root = ReadTrustRoot(TrustRootObject(RemoteSpec(repository, kMirror), "there"));
  EXPECT_EQ(root.name, "there");
  const auto* const remote = std::get_if<RemoteRepository>(&root.source);
  ASSERT_NE(remote, nullptr);
  EXPECT_EQ(remote->mirror, kMirror);
  EXPECT_EQ(remote->root, repository.RootFile(1));
  EXPECT_EQ(remote->names.targets_folder, "targets");
  EXPECT_EQ(remote->names.target, "trusted_root.json");
}

TEST(TrustRoot, AMirrorIsAnHttpUrl) {
  const tuf::TestRepository repository;
  // As theirs: everything is signed.
  for (const char* const good : {"http://tuf.tuf-system.svc", "https://tuf-repo.github.com/",
                                 "https://example.org:8443/a/b"}) {
    EXPECT_THAT(ErrorsOf(RemoteSpec(repository, good)), IsEmpty()) << good;
  }
  for (const char* const bad :
       {"ftp://example.org", "example.org", "https://", "https:///x", "https://a b",
        "https://user@example.org", "https://example.org/?a", "https://example.org/#a",
        "file:///etc", "https://example.org/\r\nx", "https://:80"}) {
    EXPECT_THAT(
        ErrorsOf(RemoteSpec(repository, bad)),
        ElementsAre(AllOf(StartsWith("invalid value: "), HasSubstr(": spec.remote.mirror"))))
        << bad;
  }
  EXPECT_THAT(ErrorsOf(RemoteSpec(repository, "")),
              ElementsAre("missing field(s): spec.remote.mirror"));
}

TEST(TrustRoot, TheRootToBeginWithIsOneOfTuf) {
  const tuf::TestRepository repository;
  const auto errors_with = [&](const Json& root) {
    Json spec = RemoteSpec(repository, kMirror);
    spec["remote"]["root"] = root;
    return ErrorsOf(spec);
  };
  EXPECT_THAT(errors_with(nullptr), ElementsAre("missing field(s): spec.remote.root"));
  EXPECT_THAT(errors_with(Base64("not json")),
              ElementsAre(StartsWith("invalid value: failed to unmarshal: spec.remote.root\n")));
  EXPECT_THAT(errors_with(""),
              ElementsAre(StartsWith("invalid value: failed to unmarshal: spec.remote.root\n")));
  EXPECT_THAT(errors_with(Base64("{}")),
              ElementsAre("invalid value: missing signatures in root.json: spec.remote.root\n"
                          "no signatures"));
  EXPECT_THAT(errors_with(Base64(R"({"signatures": null})")),
              ElementsAre(StartsWith("invalid value: missing signatures in root.json")));
  EXPECT_THAT(errors_with("***"),
              ElementsAre(StartsWith("invalid value: must be base64: spec.remote.root\n")));
  EXPECT_THAT(errors_with(7),
              ElementsAre(StartsWith("invalid value: must be a string: spec.remote.root\n")));
  // What nobody could begin with is refused here, and not on the first update.
  Json unsigned_root = Json::parse(repository.RootFile(1));
  unsigned_root["signatures"] = Json::array();
  EXPECT_THAT(errors_with(Base64(unsigned_root.dump())),
              ElementsAre(StartsWith("invalid value: failed to construct a TUF client: "
                                     "spec.remote.root\n")));
}

TEST(TrustRoot, NamesOfTargetsAreNoWayOut) {
  const tuf::TestRepository repository;
  const auto errors_with = [&](const char* member, std::string_view name) {
    Json spec = RemoteSpec(repository, kMirror);
    spec["remote"][member] = name;
    return ErrorsOf(spec);
  };
  EXPECT_THAT(errors_with("trustedRootTarget", "octo.ghe.com.trusted_root.json"), IsEmpty());
  EXPECT_THAT(errors_with("targets", "a/b"), IsEmpty());
  for (const char* const bad : {"../a", "a/..", "/a", "a//b", "a?b", "a b", "a%2e", "a#", "."}) {
    EXPECT_THAT(errors_with("trustedRootTarget", bad),
                ElementsAre(HasSubstr("spec.remote.trustedRootTarget")))
        << bad;
    EXPECT_THAT(errors_with("targets", bad), ElementsAre(HasSubstr("spec.remote.targets"))) << bad;
  }
}

TEST(TrustRoot, ARepositoryInAFileHoldsItsRoot) {
  const tuf::TestRepository repository = RepositoryWith("packed");
  EXPECT_THAT(ErrorsOf(RepositorySpec(repository)), IsEmpty());
  const TrustRoot root = ReadTrustRoot(TrustRootObject(RepositorySpec(repository)));
  const auto* const packed = std::get_if<PackedRepository>(&root.source);
  ASSERT_NE(packed, nullptr);
  const auto opened = OpenRepository(*packed, tuf::TestNow());
  ASSERT_THAT(opened, base::IsOk());
  EXPECT_THAT(opened->root.root->warnings, ElementsAre(HasSubstr("packed")));
  EXPECT_EQ(opened->expires, tuf::TestNow() + absl::Hours(7 * 24));
}

TEST(TrustRoot, ARepositoryMayHaveItsTargetUnderAnotherName) {
  tuf::TestRepository repository = RepositoryWith("other");
  repository.edit_targets = [](Json& contents) {
    contents["targets"]["octo.trusted_root.json"] = contents["targets"]["trusted_root.json"];
    contents["targets"].erase("trusted_root.json");
  };
  repository.PublishAll();
  for (const auto& [path, bytes] : std::map(repository.files)) {
    const size_t name = path.rfind(".trusted_root.json");
    if (name == std::string::npos) continue;
    repository.files["there" + path.substr(7, name - 7) + ".octo.trusted_root.json"] = bytes;
  }
  Json spec = RepositorySpec(repository);
  EXPECT_THAT(ErrorsOf(spec), ElementsAre(HasSubstr("does not name the target \"")));
  spec["repository"]["trustedRootTarget"] = "octo.trusted_root.json";
  spec["repository"]["targets"] = "there";
  EXPECT_THAT(ErrorsOf(spec), IsEmpty());
}

TEST(TrustRoot, ARepositoryMustHaveVouchedForItsRootWhenItIsApplied) {
  const tuf::TestRepository repository = RepositoryWith("old");
  const Json object = TrustRootObject(RepositorySpec(repository));
  const absl::Time later = tuf::TestNow() + absl::Hours(8 * 24);
  EXPECT_THAT(Texts(ValidateTrustRoot(object, later)),
              ElementsAre(AllOf(StartsWith("invalid value: failed to construct a TUF client: "
                                           "spec.repository.mirrorFS\n"),
                                HasSubstr("expired"))));
  const TrustRoot root = ReadTrustRoot(object);
  const auto& packed = std::get<PackedRepository>(root.source);
  EXPECT_THAT(OpenRepository(packed, later), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(OpenRepository(packed, absl::InfinitePast()), base::IsOk());
}

TEST(TrustRoot, OfARepositoryNothingUnsignedIsTaken) {
  const tuf::TestRepository repository = RepositoryWith("good");
  const tuf::TestRepository other = RepositoryWith("other");
  Json spec = RepositorySpec(repository);
  spec["repository"]["mirrorFS"] = Base64(tuf::WriteTestArchive(other.files));
  EXPECT_THAT(ErrorsOf(spec), ElementsAre(HasSubstr("the update was not accepted")));
  tuf::TestRepository no_root;
  spec = RepositorySpec(no_root);
  EXPECT_THAT(ErrorsOf(spec), ElementsAre(HasSubstr("trusted_root.json: ")));
}

TEST(TrustRoot, TheErrorsOfOneObjectAreBounded) {
  Json spec = KeysSpec(ValidKeys());
  for (int i = 0; i < 500; ++i) spec["sigstoreKeys"]["tLogs"].push_back(Json::object());
  EXPECT_THAT(ErrorsOf(spec), SizeIs(kMaxTrustRootErrors));
}

TEST(TrustRoot, ALongListIsNotRead) {
  Json spec = KeysSpec(ValidKeys());
  spec["sigstoreKeys"]["tLogs"] = Json::array();
  for (size_t i = 0; i <= kMaxTrustRootEntries; ++i) {
    spec["sigstoreKeys"]["tLogs"].push_back(Json::object());
  }
  EXPECT_THAT(ErrorsOf(spec), ElementsAre(HasSubstr("it has more than 1000")));
}

}  // namespace
}  // namespace countersign::policy
