#include "tuf/metadata.h"

#include <string>
#include <string_view>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "crypto/sha256.h"
#include "gtest/gtest.h"
#include "tuf/test_repository.h"

namespace countersign::tuf {
namespace {

using base::IsOk;
using base::Json;
using base::StatusIs;
using ::testing::HasSubstr;

constexpr std::string_view kTarget = "trusted_root.json";

const TestRepository& Repository() {
  static const TestRepository* const kRepository = new TestRepository;
  return *kRepository;
}

const std::string& File(const std::string& name) { return Repository().files.at(name); }

// The file with another value at a place in it, whose signatures no longer hold.
std::string With(const std::string& name, std::string_view pointer, const Json& value) {
  Json file = Json::parse(File(name));
  file[Json::json_pointer(std::string(pointer))] = value;
  return file.dump();
}

std::string Without(const std::string& name, std::string_view pointer) {
  Json file = Json::parse(File(name));
  const Json::json_pointer place{std::string(pointer)};
  file.at(place.parent_pointer()).erase(place.back());
  return file.dump();
}

MATCHER_P(IsFault, part, "is InvalidArgument that says so") {
  return testing::ExplainMatchResult(StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(part)),
                                     arg, result_listener);
}

absl::Status RootWith(std::string_view pointer, const Json& value) {
  return ParseRoot(With("1.root.json", pointer, value)).status();
}

absl::Status SnapshotWith(std::string_view pointer, const Json& value) {
  return ParseSnapshot(With("1.snapshot.json", pointer, value)).status();
}

absl::Status TargetsWith(std::string_view pointer, const Json& value) {
  return ParseTargets(With("1.targets.json", pointer, value), kTarget).status();
}

TEST(Metadata, ReadsARoot) {
  const auto root = ParseRoot(File("1.root.json"));
  ASSERT_THAT(root, IsOk());
  EXPECT_EQ(root->version, 1);
  EXPECT_EQ(root->expires, TestNow() + absl::Hours(365 * 24));
  EXPECT_TRUE(root->consistent_snapshot);
  EXPECT_EQ(root->root.threshold, 2);
  EXPECT_EQ(root->root.key_ids.size(), 3u);
  EXPECT_EQ(root->root.keys.size(), 3u);
  EXPECT_EQ(root->timestamp.threshold, 1);
  EXPECT_EQ(root->timestamp.key_ids, root->snapshot.key_ids);
  EXPECT_EQ(root->targets.key_ids, root->root.key_ids);
  EXPECT_EQ(root->signed_bytes.signatures.size(), 3u);
}

TEST(Metadata, ReadsTheOtherKinds) {
  const auto timestamp = ParseTimestamp(File("timestamp.json"));
  ASSERT_THAT(timestamp, IsOk());
  EXPECT_EQ(timestamp->snapshot.version, 1);
  EXPECT_EQ(timestamp->snapshot.length, File("1.snapshot.json").size());
  EXPECT_EQ(absl::BytesToHexString(timestamp->snapshot.sha256),
            crypto::Sha256Hex(File("1.snapshot.json")));
  EXPECT_EQ(timestamp->snapshot.sha512.size(), 64u);

  const auto snapshot = ParseSnapshot(File("1.snapshot.json"));
  ASSERT_THAT(snapshot, IsOk());
  EXPECT_EQ(snapshot->targets.length, File("1.targets.json").size());
  EXPECT_EQ(snapshot->versions, (std::map<std::string, int64_t>{{"targets.json", 1}}));

  const auto targets = ParseTargets(File("1.targets.json"), kTarget);
  ASSERT_THAT(targets, IsOk());
  ASSERT_TRUE(targets->target.has_value());
  EXPECT_EQ(targets->target->length, Repository().target.size());
  EXPECT_EQ(absl::BytesToHexString(targets->target->sha256),
            crypto::Sha256Hex(Repository().target));
  EXPECT_FALSE(targets->has_delegations);
}

TEST(Metadata, OfOneKindAreNoOther) {
  EXPECT_THAT(ParseRoot(File("timestamp.json")), IsFault("/signed/_type: must be root"));
  EXPECT_THAT(ParseTimestamp(File("1.snapshot.json")), IsFault("/signed/_type: must be timestamp"));
  EXPECT_THAT(ParseSnapshot(File("timestamp.json")), IsFault("/signed/_type: must be snapshot"));
  EXPECT_THAT(ParseTargets(File("1.root.json"), kTarget),
              IsFault("/signed/_type: must be targets"));
}

TEST(Metadata, AreOfVersionOneOfTheSpecification) {
  EXPECT_THAT(RootWith("/signed/spec_version", "1"), IsOk());
  EXPECT_THAT(RootWith("/signed/spec_version", "1.0"), IsOk());
  for (const char* const version : {"2.0.0", "10.0", "0.9", "v1.0", "1x"}) {
    EXPECT_THAT(RootWith("/signed/spec_version", version),
                IsFault("/signed/spec_version: must be 1"));
  }
  EXPECT_THAT(RootWith("/signed/spec_version", 1),
              IsFault("/signed/spec_version: must be a string"));
  EXPECT_THAT(RootWith("/signed/spec_version", ""), IsFault("/signed/spec_version: must be given"));
}

TEST(Metadata, HavePositiveVersions) {
  EXPECT_THAT(RootWith("/signed/version", kMaxVersion), IsOk());
  for (const int64_t version : {int64_t{0}, int64_t{-1}, kMaxVersion + 1}) {
    EXPECT_THAT(RootWith("/signed/version", version), IsFault("/signed/version: must be from 1"));
    EXPECT_THAT(SnapshotWith("/signed/meta/targets.json/version", version),
                IsFault("/signed/meta/targets.json/version: must be from 1"));
  }
  EXPECT_THAT(RootWith("/signed/version", "1"), IsFault("/signed/version: must be an integer"));
  EXPECT_THAT(ParseRoot(Without("1.root.json", "/signed/version")),
              IsFault("/signed/version: must be given"));
}

TEST(Metadata, HaveATimeToExpire) {
  EXPECT_THAT(RootWith("/signed/expires", "2021-12-18T13:28:12.99008-06:00"), IsOk());
  for (const char* const time : {"2030-01-01", "2030-01-01T00:00:00", "infinite-future",
                                 "2030-13-01T00:00:00Z", "1893456000"}) {
    EXPECT_THAT(RootWith("/signed/expires", time),
                IsFault("/signed/expires: must be an RFC 3339 time"));
  }
  EXPECT_THAT(RootWith("/signed/expires", 1893456000),
              IsFault("/signed/expires: must be a string"));
  EXPECT_THAT(ParseRoot(Without("1.root.json", "/signed/expires")),
              IsFault("/signed/expires: must be given"));
}

TEST(Metadata, MayHoldMembersThatNobodyKnows) {
  const auto root = ParseRoot(With("1.root.json", "/signed/roles/mirrors", {{"keyids", 7}}));
  ASSERT_THAT(root, IsOk());
  EXPECT_THAT(root->signed_bytes.bytes, HasSubstr(R"("mirrors":{"keyids":7})"));
  EXPECT_THAT(root->signed_bytes.bytes, HasSubstr(R"("x-tuf-on-ci-expiry-period":7)"));
}

TEST(Metadata, WithoutConsistentSnapshotHaveNone) {
  const auto root = ParseRoot(Without("1.root.json", "/signed/consistent_snapshot"));
  ASSERT_THAT(root, IsOk());
  EXPECT_FALSE(root->consistent_snapshot);
  EXPECT_THAT(RootWith("/signed/consistent_snapshot", "true"),
              IsFault("/signed/consistent_snapshot: must be a boolean"));
}

TEST(Metadata, OfARootNeedEveryRole) {
  for (const std::string role : {"root", "timestamp", "snapshot", "targets"}) {
    const std::string place = absl::StrCat("/signed/roles/", role);
    EXPECT_THAT(ParseRoot(Without("1.root.json", place)),
                IsFault(absl::StrCat(place, ": must be given")));
    for (const int threshold : {0, -1}) {
      EXPECT_THAT(RootWith(place + "/threshold", threshold),
                  IsFault(place + "/threshold: must be from 1"));
    }
    EXPECT_THAT(ParseRoot(Without("1.root.json", place + "/threshold")),
                IsFault(place + "/threshold: must be given"));
    EXPECT_THAT(RootWith(place + "/keyids", {{"a", 1}}),
                IsFault(place + "/keyids: must be an array"));
    EXPECT_THAT(RootWith(place + "/keyids/0", 1), IsFault(place + "/keyids/0: must be a string"));
  }
}

TEST(Metadata, RolesMayNameKeysTwiceAndKeysThatAreNotThere) {
  Json ids = Json::parse(File("1.root.json"))["signed"]["roles"]["root"]["keyids"];
  ids.push_back(ids[0]);
  ids.push_back("nobody's");
  const auto root = ParseRoot(With("1.root.json", "/signed/roles/root/keyids", ids));
  ASSERT_THAT(root, IsOk());
  EXPECT_EQ(root->root.keys.size(), 3u);
  EXPECT_EQ(root->root.key_ids.size(), 4u);
}

TEST(Metadata, KeysAreListedUnderTheirIds) {
  const TestSigner signer;
  EXPECT_THAT(RootWith(absl::StrCat("/signed/keys/", signer.id()), signer.object()), IsOk());
  EXPECT_THAT(RootWith("/signed/keys/mine", signer.object()),
              IsFault("/signed/keys/mine: is not the key of this id"));
}

TEST(Metadata, KeysOfAnUnknownKindAreNobodysSigners) {
  Json object = TestSigner().object();
  object["keytype"] = "ml-dsa";
  const std::string id = KeyIdOf(object).value();
  Json file = Json::parse(With("1.root.json", absl::StrCat("/signed/keys/", id), object));
  file["signed"]["roles"]["root"]["keyids"].push_back(id);
  const auto root = ParseRoot(file.dump());
  ASSERT_THAT(root, IsOk());
  EXPECT_EQ(root->root.keys.size(), 3u);
  EXPECT_TRUE(root->root.key_ids.contains(id));
}

TEST(Metadata, OfOtherFilesNeedAKnownHashIfTheyHaveHashes) {
  const std::string place = "/signed/meta/targets.json/hashes";
  EXPECT_THAT(ParseSnapshot(Without("1.snapshot.json", place)), IsOk());
  EXPECT_THAT(ParseSnapshot(Without("1.snapshot.json", place + "/sha256")), IsOk());
  EXPECT_THAT(SnapshotWith(place + "/blake2b-256", "00"), IsOk());
  EXPECT_THAT(SnapshotWith(place, {{"md5", "00"}}), IsFault(place + ": must hold a SHA-256"));
  EXPECT_THAT(SnapshotWith(place, Json::object()), IsFault(place + ": must hold a SHA-256"));
  EXPECT_THAT(SnapshotWith(place + "/sha256", std::string(62, 'a')),
              IsFault(place + "/sha256: must be 64 hex digits"));
  EXPECT_THAT(SnapshotWith(place + "/sha512", std::string(128, 'g')),
              IsFault(place + "/sha512: must be 128 hex digits"));
  EXPECT_THAT(SnapshotWith("/signed/meta/targets.json/length", -1),
              IsFault("/signed/meta/targets.json/length: must not be negative"));
}

TEST(Metadata, NameTheFilesTheyAreFor) {
  EXPECT_THAT(ParseTimestamp(Without("timestamp.json", "/signed/meta/snapshot.json")),
              IsFault("/signed/meta/snapshot.json: must be given"));
  EXPECT_THAT(ParseSnapshot(Without("1.snapshot.json", "/signed/meta/targets.json")),
              IsFault("/signed/meta/targets.json: must be given"));
  EXPECT_THAT(SnapshotWith("/signed/meta/more.json", {{"length", 1}}),
              IsFault("/signed/meta/more.json/version: must be given"));
}

TEST(Metadata, TargetsNeedLengthAndHash) {
  const std::string place = "/signed/targets/trusted_root.json";
  EXPECT_THAT(ParseTargets(Without("1.targets.json", place + "/length"), kTarget),
              IsFault(place + "/length: must be given"));
  EXPECT_THAT(ParseTargets(Without("1.targets.json", place + "/hashes"), kTarget),
              IsFault(place + "/hashes: must be given"));
  EXPECT_THAT(TargetsWith(place + "/hashes", {{"md5", "00"}}),
              IsFault(place + "/hashes: must hold a SHA-256"));
  EXPECT_THAT(TargetsWith("/signed/delegations", {{"roles", Json::array()}}), IsOk());
}

// Of those that are not asked for nothing is read, whatever they are.
TEST(Metadata, OtherTargetsDoNotMatter) {
  EXPECT_THAT(TargetsWith("/signed/targets/another.json", "x"), IsOk());
  const auto targets = ParseTargets(File("1.targets.json"), "a/b.json");
  ASSERT_THAT(targets, IsOk());
  EXPECT_FALSE(targets->target.has_value());
}

TEST(Metadata, AreBoundedInBytesAndKeys) {
  const auto padded = [](const std::string& name, size_t size) {
    return File(name) + std::string(size - File(name).size(), ' ');
  };
  EXPECT_THAT(ParseRoot(padded("1.root.json", kMaxRootBytes)), IsOk());
  EXPECT_THAT(ParseRoot(padded("1.root.json", kMaxRootBytes + 1)), IsFault("larger than"));
  EXPECT_THAT(ParseTimestamp(padded("timestamp.json", kMaxTimestampBytes)), IsOk());
  EXPECT_THAT(ParseTimestamp(padded("timestamp.json", kMaxTimestampBytes + 1)),
              IsFault("larger than"));
  EXPECT_THAT(ParseSnapshot(padded("1.snapshot.json", kMaxSnapshotBytes + 1)),
              IsFault("larger than"));
  EXPECT_THAT(ParseTargets(padded("1.targets.json", kMaxTargetsBytes + 1), kTarget),
              IsFault("larger than"));

  Json keys;
  for (size_t i = 0; i <= kMaxKeys; ++i) keys[absl::StrCat(i)] = Json::object();
  EXPECT_THAT(RootWith("/signed/keys", keys),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("more than 256 keys")));
}

}  // namespace
}  // namespace countersign::tuf
