#include "verifier/evidence/referrer_list.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/descriptor.h"
#include "oci/index.h"
#include "registry/fake_registry.h"
#include "verifier/evidence/test_referrers.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::Json;
using base::StatusIs;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const oci::Repository kRepository = {"registry.example.org", "app"};
const oci::Digest kDigest = oci::Digest::Of("an image");

Json Entry(std::string_view content, std::string_view artifact_type = "") {
  Json entry = {{"mediaType", oci::kOciManifest},
                {"digest", oci::Digest::Of(content).ToString()},
                {"size", content.size()}};
  if (!artifact_type.empty()) entry["artifactType"] = artifact_type;
  return entry;
}

class ReferrerListTest : public testing::Test {
 protected:
  absl::StatusOr<ReferrerList> List(std::function<bool()> is_wanted = nullptr,
                                    Indexes indexes = Indexes::kLeftOut) {
    const Looking looking = {.pool = &pool_,
                             .allowance = std::make_shared<Allowance>(
                                 base::Share(), bytes_.OpenAccount(), Allowance::Limits()),
                             .is_wanted = std::move(is_wanted),
                             .deadline = absl::InfiniteFuture()};
    return ListReferrers({&registry_, kRepository, kDigest, {}, looking, turns_}, indexes);
  }

  // Their digests, in order, where nothing is wrong.
  std::vector<oci::Digest> Listed() {
    const absl::StatusOr<ReferrerList> list = List();
    EXPECT_THAT(list, IsOk());
    std::vector<oci::Digest> digests;
    if (!list.ok()) return digests;
    EXPECT_THAT(list->faults, IsEmpty());
    for (const Referrer& referrer : list->manifests) digests.push_back(referrer.digest);
    return digests;
  }

  base::ByteBudget bytes_{{}};
  base::WorkerPool pool_{{.threads = 2}};
  base::Turnstile turns_{1};
  registry::FakeRegistry registry_;
  TestReferrers referrers_{&registry_, kRepository, kDigest};
};

TEST_F(ReferrerListTest, NeitherAListNorATagIsNothing) {
  EXPECT_THAT(Listed(), IsEmpty());
  EXPECT_THAT(registry_.Calls(),
              ElementsAre(HasSubstr("referrers "), EndsWith(":" + oci::ReferrersTag(kDigest))));
}

TEST_F(ReferrerListTest, TheRegistrysListIsEnoughWhereItHasAny) {
  referrers_.AddEntry(Entry("a"));
  referrers_.ListByApi();
  registry_.PutManifest(kRepository, oci::ReferrersTag(kDigest), "[]");
  EXPECT_THAT(Listed(), ElementsAre(oci::Digest::Of("a")));
  EXPECT_THAT(registry_.Calls(), SizeIs(1));
}

TEST_F(ReferrerListTest, TheTagCountsWhereTheRegistryKnowsOfNothing) {
  TestReferrers(&registry_, kRepository, kDigest).ListByApi();
  referrers_.AddEntry(Entry("a"));
  referrers_.ListByTag();
  EXPECT_THAT(Listed(), ElementsAre(oci::Digest::Of("a")));
  EXPECT_THAT(registry_.Calls(), SizeIs(2));
}

TEST_F(ReferrerListTest, PagesAreReadToTheLast) {
  for (const std::string name : {"a", "b", "c", "d", "e"}) referrers_.AddEntry(Entry(name));
  referrers_.ListByApi(2);
  EXPECT_THAT(Listed(), SizeIs(5));
  EXPECT_THAT(registry_.Calls(), SizeIs(3));
}

TEST_F(ReferrerListTest, WhatIsLikelierToBeEvidenceComesFirst) {
  referrers_.AddEntry(Entry("sbom", "application/spdx+json"));
  referrers_.AddEntry(Entry("unsaid"));
  referrers_.AddEntry(Entry("bundle", kTestBundleType));
  referrers_.AddEntry(Entry("empty", "application/vnd.oci.empty.v1+json"));
  referrers_.AddEntry(Entry("old", "application/vnd.dev.sigstore.bundle+json;version=0.1"));
  referrers_.AddEntry(Entry("layers", "application/vnd.dev.cosign.artifact.sig.v1+json"));
  referrers_.ListByApi(2);
  EXPECT_THAT(Listed(), ElementsAre(oci::Digest::Of("bundle"), oci::Digest::Of("old"),
                                    oci::Digest::Of("unsaid"), oci::Digest::Of("empty"),
                                    oci::Digest::Of("layers"), oci::Digest::Of("sbom")));
}

TEST_F(ReferrerListTest, WhatIsListedTwiceIsThereOnceAndIndexesAreNot) {
  Json index = Entry("an index", kTestBundleType);
  index["mediaType"] = oci::kOciIndex;
  referrers_.AddEntry(index);
  for (int i = 0; i < 3; ++i) referrers_.AddEntry(Entry("a"));
  referrers_.ListByApi(2);
  EXPECT_THAT(Listed(), ElementsAre(oci::Digest::Of("a")));
}

TEST_F(ReferrerListTest, IndexesAreListedWhereTheyAreWantedAndComeLast) {
  Json index = Entry("an index", kTestBundleType);
  index["mediaType"] = oci::kOciIndex;
  referrers_.AddEntry(index);
  referrers_.AddEntry(Entry("sbom", "application/spdx+json"));
  referrers_.AddEntry(Entry("bundle", kTestBundleType));
  referrers_.ListByApi();
  const auto list = List(nullptr, Indexes::kListed);
  ASSERT_THAT(list, IsOk());
  ASSERT_THAT(list->manifests, SizeIs(3));
  EXPECT_EQ(list->manifests[0].digest, oci::Digest::Of("bundle"));
  EXPECT_THAT(Listed(), SizeIs(2));
}

TEST_F(ReferrerListTest, SaysWhereTheyAreListed) {
  referrers_.AddEntry(Entry("a"));
  referrers_.ListByTag();
  auto list = List();
  ASSERT_THAT(list, IsOk());
  EXPECT_TRUE(list->by_tag);
  referrers_.ListByApi();
  list = List();
  ASSERT_THAT(list, IsOk());
  EXPECT_FALSE(list->by_tag);
}

TEST_F(ReferrerListTest, MoreThanAreLookedAtLeaveTheRestUnknown) {
  for (size_t i = 0; i < kMaxReferrers; ++i)
    referrers_.AddEntry(Entry(absl::StrCat("sbom ", i), "x"));
  referrers_.ListByApi(50);
  EXPECT_THAT(Listed(), SizeIs(kMaxReferrers));
  // What comes last may be looked at first.
  referrers_.AddEntry(Entry("bundle", kTestBundleType));
  referrers_.ListByApi(50);
  const auto list = List();
  ASSERT_THAT(list, IsOk());
  ASSERT_THAT(list->manifests, SizeIs(kMaxReferrers));
  EXPECT_EQ(list->manifests[0].digest, oci::Digest::Of("bundle"));
  EXPECT_THAT(list->faults, ElementsAre(StatusIs(absl::StatusCode::kAborted,
                                                 HasSubstr("more than 200 manifests refer"))));
}

TEST_F(ReferrerListTest, MorePagesThanAreReadLeaveTheRestUnknown) {
  for (size_t i = 0; i < kMaxReferrerPages; ++i) referrers_.AddEntry(Entry(absl::StrCat(i)));
  referrers_.ListByApi(1);
  EXPECT_THAT(Listed(), SizeIs(kMaxReferrerPages));
  referrers_.AddEntry(Entry("one more"));
  referrers_.ListByApi(1);
  const auto list = List();
  ASSERT_THAT(list, IsOk());
  EXPECT_THAT(list->manifests, SizeIs(kMaxReferrerPages));
  EXPECT_THAT(list->faults,
              ElementsAre(StatusIs(absl::StatusCode::kAborted, HasSubstr("more than 10 pages"))));
  EXPECT_THAT(registry_.Calls(), SizeIs(2 * kMaxReferrerPages));
}

TEST_F(ReferrerListTest, AMalformedEntryHidesNoOther) {
  referrers_.AddEntry({{"digest", "sha512:ab"}});
  referrers_.AddEntry(Entry("a"));
  referrers_.AddEntry("secret");
  referrers_.ListByApi();
  const auto list = List();
  ASSERT_THAT(list, IsOk());
  ASSERT_THAT(list->manifests, SizeIs(1));
  EXPECT_THAT(list->faults,
              ElementsAre(StatusIs(absl::StatusCode::kInvalidArgument,
                                   HasSubstr("2 entries cannot be read, the first: "
                                             "/manifests/0/digest: must be \"sha256:\""))));
}

TEST_F(ReferrerListTest, AListThatIsNoneLeavesTheRestUnknownAndTheTagCounts) {
  registry_.SetReferrers(kRepository, kDigest, {"[]"});
  referrers_.AddEntry(Entry("a"));
  referrers_.ListByTag();
  auto list = List();
  ASSERT_THAT(list, IsOk());
  EXPECT_THAT(list->manifests, SizeIs(1));
  EXPECT_THAT(list->faults,
              ElementsAre(StatusIs(absl::StatusCode::kAborted, HasSubstr("it is no JSON object"))));
  // What is under the tag is what somebody has pushed.
  registry_.PutManifest(kRepository, oci::ReferrersTag(kDigest),
                        R"({"schemaVersion":2,"layers":[]})");
  list = List();
  ASSERT_THAT(list, IsOk());
  EXPECT_THAT(list->manifests, IsEmpty());
  EXPECT_THAT(list->faults, ElementsAre(_, StatusIs(absl::StatusCode::kInvalidArgument,
                                                    HasSubstr(oci::ReferrersTag(kDigest)))));
}

TEST_F(ReferrerListTest, APageThatIsCutOffLeavesUnknownWhatWasOnIt) {
  const auto page = [](std::string_view content) {
    return Json({{"schemaVersion", 2}, {"manifests", Json::array({Entry(content)})}}).dump();
  };
  registry_.SetReferrers(kRepository, kDigest, {page("a"), R"({"manifests":[)", page("b")});
  const auto list = List();
  ASSERT_THAT(list, IsOk());
  EXPECT_THAT(list->manifests, SizeIs(2));
  EXPECT_THAT(list->faults,
              ElementsAre(StatusIs(absl::StatusCode::kAborted,
                                   HasSubstr("not all that refers to the image could be read: "
                                             "the registry's list: "))));
}

TEST_F(ReferrerListTest, ARegistryThatFailsIsNotOneWithoutReferrers) {
  for (const absl::Status& failure :
       {absl::UnavailableError("is away"), absl::PermissionDeniedError("is hidden"),
        absl::FailedPreconditionError("is not to be trusted")}) {
    registry_.FailWith(kRepository, failure);
    EXPECT_THAT(List(), StatusIs(failure.code(), std::string(failure.message())));
    // Nor where it has no list, and its tag cannot be read.
    registry_.FailWith(kRepository, failure, "manifest ");
    EXPECT_THAT(List(), StatusIs(failure.code(), std::string(failure.message())));
  }
}

TEST_F(ReferrerListTest, IsNotReadOnOnceNobodyWaits) {
  referrers_.AddEntry(Entry("a"));
  referrers_.ListByApi();
  EXPECT_THAT(List([] { return false; }), StatusIs(absl::StatusCode::kCancelled, _));
  EXPECT_THAT(registry_.Calls(), IsEmpty());
}

TEST_F(ReferrerListTest, HoldsNothingAfterwards) {
  Json entry = Entry("a", std::string(1 << 20, 'x'));
  referrers_.AddEntry(entry);
  referrers_.ListByApi();
  ASSERT_THAT(List(), IsOk());
  EXPECT_EQ(bytes_.held(), 0u);
  EXPECT_GE(bytes_.most_held(), size_t{3 << 20});
}

// A registry whose pages say what a test makes up of the next one.
class OddPages final : public registry::Registry {
 public:
  OddPages(registry::FakeRegistry* registry, absl::StatusOr<std::string> next)
      : registry_(registry), next_(std::move(next)) {}

  int asked() const { return asked_; }

  absl::StatusOr<registry::ReferrersPage> FetchReferrers(const oci::Repository&, const oci::Digest&,
                                                         std::string_view page,
                                                         const registry::Credential&,
                                                         const registry::Bounds&) override {
    ++asked_;
    if (page == "absent") return absl::NotFoundError("no such page");
    if (page == "refused") return absl::PermissionDeniedError("not for you");
    if (page == "away") return absl::UnavailableError("is away");
    const Json index = {{"schemaVersion", 2}, {"manifests", Json::array({Entry("a")})}};
    return registry::ReferrersPage{.index = index.dump(), .next = next_};
  }
  absl::StatusOr<oci::Digest> ResolveTag(const oci::Repository& repository, std::string_view tag,
                                         const registry::Credential& credential,
                                         const registry::Bounds& bounds) override {
    return registry_->ResolveTag(repository, tag, credential, bounds);
  }
  absl::StatusOr<std::string> FetchManifestByTag(const oci::Repository& repository,
                                                 std::string_view tag,
                                                 const registry::Credential& credential,
                                                 const registry::Bounds& bounds) override {
    return registry_->FetchManifestByTag(repository, tag, credential, bounds);
  }
  absl::StatusOr<std::string> FetchManifest(const oci::Repository& repository,
                                            const oci::Digest& digest, size_t max_bytes,
                                            const registry::Credential& credential,
                                            const registry::Bounds& bounds) override {
    return registry_->FetchManifest(repository, digest, max_bytes, credential, bounds);
  }
  absl::StatusOr<std::string> FetchBlob(const oci::Repository& repository,
                                        const oci::Digest& digest, size_t max_bytes,
                                        const registry::Credential& credential,
                                        const registry::Bounds& bounds) override {
    return registry_->FetchBlob(repository, digest, max_bytes, credential, bounds);
  }

 private:
  registry::FakeRegistry* const registry_;
  const absl::StatusOr<std::string> next_;
  int asked_ = 0;
};

TEST_F(ReferrerListTest, ALaterPageThatCannotBeReadLeavesTheRestUnknown) {
  const struct {
    absl::StatusOr<std::string> next;
    int asked;
    absl::StatusCode code;
    std::string why;
  } kCases[] = {
      {"again", 2, absl::StatusCode::kAborted, "lead in a circle"},
      {"absent", 2, absl::StatusCode::kAborted, "no such page"},
      {"refused", 2, absl::StatusCode::kAborted, "not for you"},
      {"away", 2, absl::StatusCode::kUnavailable, "is away"},
      {absl::FailedPreconditionError("is of another list"), 1, absl::StatusCode::kAborted,
       "is of another list"},
  };
  for (const auto& test : kCases) {
    OddPages odd(&registry_, test.next);
    const Looking looking = {.pool = &pool_,
                             .allowance = std::make_shared<Allowance>(
                                 base::Share(), bytes_.OpenAccount(), Allowance::Limits()),
                             .deadline = absl::InfiniteFuture()};
    const auto list = ListReferrers({&odd, kRepository, kDigest, {}, looking, turns_});
    ASSERT_THAT(list, IsOk()) << test.why;
    EXPECT_THAT(list->manifests, SizeIs(1)) << test.why;
    EXPECT_THAT(list->faults, ElementsAre(StatusIs(test.code, HasSubstr(test.why))));
    EXPECT_EQ(odd.asked(), test.asked) << test.why;
  }
}

}  // namespace
}  // namespace countersign::verifier
