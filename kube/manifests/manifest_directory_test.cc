#include "kube/manifests/manifest_directory.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/log.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"
#include "kube/object_selection.h"

namespace countersign::kube {
namespace {

using base::IsOk;
using base::IsOkAndHolds;
using base::StatusIs;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const absl::Time kNever = absl::InfiniteFuture();

const ObjectSelection kPolicies = {.resource = {.group = "signing.apps.tanzu.vmware.com",
                                                .version = "v1beta1",
                                                .plural = "clusterimagepolicies",
                                                .kind = "ClusterImagePolicy",
                                                .kinds = "ClusterImagePolicies"},
                                   .spoken = "policies"};
const ObjectSelection kConfigMap = {.resource = {.version = "v1",
                                                 .plural = "configmaps",
                                                 .kind = "ConfigMap",
                                                 .kinds = "ConfigMaps",
                                                 .is_namespaced = true},
                                    .object_namespace = "infra",
                                    .name = "roots",
                                    .spoken = "roots"};

std::string Policy(std::string_view name, std::string_view mark = "") {
  return absl::StrCat("apiVersion: signing.apps.tanzu.vmware.com/v1beta1\n",
                      "kind: ClusterImagePolicy\nmetadata:\n  name: ", name, "\nspec: {mark: '",
                      mark, "'}\n");
}

std::string Secret(std::string_view name) {
  return absl::StrCat("apiVersion: v1\nkind: Secret\nmetadata: {name: ", name,
                      ", namespace: shop}\ntype: Opaque\n");
}

// Writes down what a watch says: "name mark, name mark" or "error: …".
class Diary {
 public:
  ObjectsCallback Writer() {
    return [this](const ListedObjects& policies) {
      std::string entry;
      if (policies.ok()) {
        for (const Object& policy : *policies) {
          const base::Json* spec = base::FindMember(policy.json, "spec");
          absl::StrAppend(&entry, entry.empty() ? "" : ", ",
                          policy.json["metadata"]["name"].get<std::string>(), " ",
                          spec == nullptr ? "" : base::FindString(*spec, "mark"));
        }
      } else {
        entry = absl::StrCat("error: ", policies.status().message());
      }
      absl::MutexLock lock(&mutex_);
      entries_.push_back(entry);
    };
  }

  size_t Count() const {
    absl::MutexLock lock(&mutex_);
    return entries_.size();
  }

  // The entries as soon as there are so many.
  std::vector<std::string> Await(size_t count) const {
    EXPECT_TRUE(base::Eventually([&] { return Count() >= count; })) << "after " << Count();
    absl::MutexLock lock(&mutex_);
    return entries_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<std::string> entries_ ABSL_GUARDED_BY(mutex_);
};

class ManifestDirectoryTest : public testing::Test {
 protected:
  ManifestDirectoryTest()
      : directory_(absl::StrCat(testing::TempDir(), "/",
                                testing::UnitTest::GetInstance()->current_test_info()->name())),
        log_([this](std::string_view line) {
          absl::MutexLock lock(&mutex_);
          logged_.emplace_back(line);
        }) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directory(directory_);
  }

  std::string Path(std::string_view name) const { return absl::StrCat(directory_, "/", name); }

  // At once, as a careful program does it.
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(".new")) << text;
    std::filesystem::rename(Path(".new"), Path(name));
  }

  std::unique_ptr<ManifestDirectory> Open() const {
    absl::StatusOr<std::unique_ptr<ManifestDirectory>> api =
        ManifestDirectory::Open(directory_, {kPolicies});
    EXPECT_THAT(api, IsOk());
    return *std::move(api);
  }

  std::vector<std::string> logged() {
    absl::MutexLock lock(&mutex_);
    return logged_;
  }

  const std::string directory_;
  absl::Mutex mutex_;
  std::vector<std::string> logged_ ABSL_GUARDED_BY(mutex_);
  const base::ScopedLogSink log_;
};

TEST_F(ManifestDirectoryTest, FindsWhatFilesDefine) {
  Write("secrets.yaml", absl::StrCat(Secret("one"), "---\n", Secret("two")));
  Write("account.json",
        R"({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "runner"},
            "imagePullSecrets": [{"name": "one"}]})");
  const auto api = Open();
  EXPECT_THAT(api->FetchSecret("shop", "two", kNever),
              IsOkAndHolds(Field(&Secret::type, "Opaque")));
  EXPECT_THAT(api->FetchServiceAccount("default", "runner", kNever),
              IsOkAndHolds(Field(&ServiceAccount::image_pull_secrets, ElementsAre("one"))));
  EXPECT_THAT(api->FetchSecret("default", "one", kNever),
              StatusIs(absl::StatusCode::kNotFound, "there is no Secret default/one"));
  EXPECT_THAT(api->FetchServiceAccount("shop", "runner", kNever),
              StatusIs(absl::StatusCode::kNotFound, "there is no ServiceAccount shop/runner"));
}

TEST_F(ManifestDirectoryTest, AMissingDirectoryIsNotFound) {
  EXPECT_THAT(ManifestDirectory::Open(Path("nowhere"), {kPolicies}),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ManifestDirectoryTest, AnEmptyDirectoryHasNoPolicies) {
  const auto api = Open();
  Diary diary;
  const auto watch = api->Watch(kPolicies, diary.Writer());
  EXPECT_THAT(diary.Await(1), ElementsAre(""));
}

TEST_F(ManifestDirectoryTest, AWatchHearsOfChanges) {
  Write("policy.yaml", Policy("image-policy", "1"));
  const auto api = Open();
  Diary diary;
  const auto watch = api->Watch(kPolicies, diary.Writer());
  EXPECT_THAT(diary.Await(1), ElementsAre("image-policy 1"));

  Write("policy.yaml", Policy("image-policy", "2"));
  EXPECT_THAT(diary.Await(2), ElementsAre("image-policy 1", "image-policy 2"));

  Write("more.yaml", Policy("another", "1"));
  EXPECT_THAT(diary.Await(3).back(), "another 1, image-policy 2");
}

TEST_F(ManifestDirectoryTest, EachWatchHearsOfWhatItSelects) {
  const auto config_map = [](std::string_view name, std::string_view mark) {
    return absl::StrCat("{apiVersion: v1, kind: ConfigMap, metadata: {name: ", name,
                        ", namespace: infra}, spec: {mark: ", mark, "}}\n");
  };
  Write("policy.yaml", Policy("image-policy", "1"));
  Write("roots.yaml", config_map("roots", "a"));
  const auto api = *ManifestDirectory::Open(directory_, {kPolicies, kConfigMap});
  Diary policies;
  Diary roots;
  const auto first = api->Watch(kPolicies, policies.Writer());
  const auto second = api->Watch(kConfigMap, roots.Writer());
  Write("roots.yaml", absl::StrCat(config_map("others", "x"), "---\n", config_map("roots", "b")));
  EXPECT_THAT(roots.Await(2), ElementsAre("roots a", "roots b"));
  Write("policy.yaml", Policy("image-policy", "2"));
  EXPECT_THAT(policies.Await(2), ElementsAre("image-policy 1", "image-policy 2"));
  EXPECT_EQ(roots.Count(), 2);
  Write("roots.yaml", "a: [\n");
  EXPECT_THAT(policies.Await(3).back(), StartsWith("error: roots.yaml:"));
  EXPECT_THAT(roots.Await(3).back(), StartsWith("error: roots.yaml:"));
}

TEST_F(ManifestDirectoryTest, OnlyWhatWasNamedAtTheStartCanBeWatched) {
  const auto api = Open();
  Diary diary;
  const auto watch = api->Watch(kConfigMap, diary.Writer());
  EXPECT_THAT(diary.Await(1), ElementsAre(HasSubstr("nobody said that the roots would be")));
  ObjectSelection secrets = kConfigMap;
  secrets.resource.plural = "secrets";
  EXPECT_THAT(ManifestDirectory::Open(directory_, {secrets}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("read by name")));
}

TEST_F(ManifestDirectoryTest, ARemovedPolicyIsGone) {
  Write("policy.yaml", Policy("image-policy"));
  const auto api = Open();
  Diary diary;
  const auto watch = api->Watch(kPolicies, diary.Writer());
  std::filesystem::remove(Path("policy.yaml"));
  EXPECT_THAT(diary.Await(2), ElementsAre("image-policy ", ""));
}

TEST_F(ManifestDirectoryTest, NothingIsSaidTwice) {
  Write("policy.yaml", Policy("image-policy", "1"));
  const auto api = Open();
  Diary diary;
  const auto watch = api->Watch(kPolicies, diary.Writer());
  Write("policy.yaml", Policy("image-policy", "1"));
  Write("secret.yaml", Secret("one"));
  EXPECT_TRUE(base::Eventually([&] { return api->FetchSecret("shop", "one", kNever).ok(); }));
  // Whatever is said of that comes before what is said of this.
  Write("policy.yaml", Policy("image-policy", "2"));
  EXPECT_THAT(diary.Await(2), ElementsAre("image-policy 1", "image-policy 2"));
}

TEST_F(ManifestDirectoryTest, TheLastGoodStateStaysWhileThereIsAnError) {
  Write("policy.yaml", Policy("image-policy", "1"));
  Write("secret.yaml", Secret("one"));
  const auto api = Open();
  Diary diary;
  const auto watch = api->Watch(kPolicies, diary.Writer());

  Write("policy.yaml", "a: [\n");
  EXPECT_THAT(diary.Await(2), ElementsAre("image-policy 1", StartsWith("error: policy.yaml:")));
  EXPECT_THAT(api->FetchSecret("shop", "one", kNever), IsOk());
  EXPECT_THAT(logged(), ElementsAre(AllOf(HasSubstr("so those read last stay in force"),
                                          HasSubstr("policy.yaml:"))));

  Write("policy.yaml", Policy("image-policy", "1"));
  EXPECT_THAT(diary.Await(3).back(), "image-policy 1");
}

TEST_F(ManifestDirectoryTest, WhileNothingWasEverReadFetchesFail) {
  Write("policy.yaml", "kind: 7\n");
  const auto api = Open();
  Diary diary;
  const auto watch = api->Watch(kPolicies, diary.Writer());
  const std::string reason = "policy.yaml:1: /kind: must be a string, is a number";
  EXPECT_THAT(diary.Await(1), ElementsAre("error: " + reason));
  EXPECT_THAT(api->FetchSecret("shop", "one", kNever),
              StatusIs(absl::StatusCode::kFailedPrecondition, reason));
  EXPECT_THAT(api->FetchServiceAccount("shop", "one", kNever),
              StatusIs(absl::StatusCode::kFailedPrecondition, reason));
  EXPECT_THAT(logged(), ElementsAre(AllOf(HasSubstr("so none are in force"), HasSubstr(reason))));

  Write("policy.yaml", Policy("image-policy"));
  EXPECT_THAT(diary.Await(2).back(), "image-policy ");
  EXPECT_THAT(api->FetchSecret("shop", "one", kNever), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ManifestDirectoryTest, ABadSecretSpoilsOnlyItself) {
  Write("a.yaml", absl::StrCat(Secret("bad"), "data: {password: 'hunter2!'}\n"));
  Write("b.yaml", absl::StrCat(Secret("good"), "---\n", Policy("image-policy")));
  const auto api = Open();
  Diary diary;
  const auto watch = api->Watch(kPolicies, diary.Writer());
  EXPECT_THAT(diary.Await(1), ElementsAre("image-policy "));
  EXPECT_THAT(api->FetchSecret("shop", "good", kNever), IsOk());
  EXPECT_THAT(api->FetchSecret("shop", "bad", kNever),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(StartsWith("a.yaml:1: "), Not(HasSubstr("hunter2")))));
  EXPECT_THAT(logged(), ElementsAre(AllOf(HasSubstr("a.yaml:1: "), Not(HasSubstr("hunter2")))));
}

TEST_F(ManifestDirectoryTest, AFileThatIsRewrittenInPlaceIsNotBelievedWhileItIsHalf) {
  const std::string policy = Policy("image-policy", "2");
  Write("policy.yaml", Policy("image-policy", "1"));
  const base::FakeClock clock;  // so that the moment lasts until the file is whole
  const auto api = *ManifestDirectory::Open(directory_, {kPolicies}, &clock);
  Diary diary;
  const auto watch = api->Watch(kPolicies, diary.Writer());
  // Found empty: no policy at all, and nothing wrong with that; then cut within a scalar.
  std::ofstream file(Path("policy.yaml"), std::ios::trunc);
  file << policy.substr(0, policy.size() - 4) << std::flush;
  file << policy.substr(policy.size() - 4) << std::flush;
  EXPECT_THAT(diary.Await(2), ElementsAre("image-policy 1", "image-policy 2"));
}

TEST_F(ManifestDirectoryTest, AFileThatStaysEmptyIsBelievedAfterAMoment) {
  Write("policy.yaml", Policy("image-policy", "1"));
  base::FakeClock clock;
  const auto api = *ManifestDirectory::Open(directory_, {kPolicies}, &clock);
  Diary diary;
  const auto watch = api->Watch(kPolicies, diary.Writer());
  const std::ofstream file(Path("policy.yaml"), std::ios::trunc);
  // Each time the clock is moved the moment may only just have begun.
  EXPECT_TRUE(base::Eventually([&] {
    clock.Advance(absl::Milliseconds(300));
    return diary.Count() == 2;
  }));
  EXPECT_THAT(diary.Await(2), ElementsAre("image-policy 1", ""));
}

TEST_F(ManifestDirectoryTest, AMountedConfigMapIsFollowed) {
  std::filesystem::create_directory(Path("..1"));
  std::ofstream(Path("..1/policy.yaml")) << Policy("image-policy", "1");
  std::filesystem::create_symlink("..1", Path("..data"));
  std::filesystem::create_symlink("..data/policy.yaml", Path("policy.yaml"));
  const auto api = Open();
  Diary diary;
  const auto watch = api->Watch(kPolicies, diary.Writer());

  std::filesystem::create_directory(Path("..2"));
  std::ofstream(Path("..2/policy.yaml")) << Policy("image-policy", "2");
  std::filesystem::create_symlink("..2", Path("..data_tmp"));
  std::filesystem::rename(Path("..data_tmp"), Path("..data"));
  EXPECT_THAT(diary.Await(2), ElementsAre("image-policy 1", "image-policy 2"));
}

TEST_F(ManifestDirectoryTest, WhatALinkLeadsToIsLookedAtNowAndThen) {
  const std::string elsewhere = directory_ + ".elsewhere";
  std::ofstream(elsewhere) << Policy("image-policy", "1");
  std::filesystem::create_symlink(elsewhere, Path("policy.yaml"));
  const auto api = Open();
  Diary diary;
  const auto watch = api->Watch(kPolicies, diary.Writer());
  std::ofstream(elsewhere) << Policy("image-policy", "two");
  EXPECT_THAT(diary.Await(2), ElementsAre("image-policy 1", "image-policy two"));
}

TEST_F(ManifestDirectoryTest, ADirectoryThatGoesAndComesIsFollowed) {
  Write("policy.yaml", Policy("image-policy", "1"));
  const auto api = Open();
  Diary diary;
  const auto watch = api->Watch(kPolicies, diary.Writer());
  std::filesystem::remove_all(directory_);
  EXPECT_THAT(diary.Await(2).back(), StartsWith("error: "));
  std::filesystem::create_directory(directory_);
  Write("policy.yaml", Policy("image-policy", "2"));
  EXPECT_THAT(diary.Await(3).back(), "image-policy 2");
}

TEST_F(ManifestDirectoryTest, ItEndsWhileItWaits) { Open().reset(); }

TEST(ManifestDirectory, ReadsTheExampleCluster) {
  const auto api = ManifestDirectory::Open("testdata/cluster", {kPolicies});
  ASSERT_THAT(api, IsOk());
  Diary diary;
  const auto watch = (*api)->Watch(kPolicies, diary.Writer());
  EXPECT_THAT(diary.Await(1), ElementsAre("image-policy "));
  EXPECT_THAT((*api)->FetchServiceAccount("image-policy-system",
                                          "image-policy-registry-credentials", kNever),
              IsOkAndHolds(Field(&ServiceAccount::image_pull_secrets, Not(IsEmpty()))));
}

// Every example of testdata/cluster_bad, and how the error starts; "" for those that only the
// policy's reader refuses.
constexpr std::pair<std::string_view, std::string_view> kBadExamples[] = {
    {"aliases.yaml", "error: aliases.yaml:"},
    {"bad-namespaces.yaml", ""},
    {"bad-patterns.yaml", ""},
    {"bad-pem.yaml", ""},
    {"binary.yaml", "error: binary.yaml:"},
    {"deep.yaml", "error: deep.yaml:"},
    {"duplicate-key-names.yaml", ""},
    {"duplicate-members.yaml", "error: duplicate-members.yaml:"},
    {"every-bad-key.yaml", ""},
    {"exclude-no-object.yaml", ""},
    {"images-no-list.yaml", ""},
    {"incomplete-keys.yaml", ""},
    {"incomplete-secret-reference.yaml", ""},
    {"keys-no-list.yaml", ""},
    {"list.yaml", "error: list.yaml:"},
    {"namespaces-no-list.yaml", ""},
    {"no-keys.yaml", ""},
    {"no-kind.yaml", "error: no-kind.yaml:"},
    {"no-spec.yaml", ""},
    {"not-json.json", "error: not-json.json:"},
    {"not-yaml.yaml", "error: not-yaml.yaml:"},
    {"rule-without-keys.yaml", ""},
    {"same-policy-twice.yaml", "error: same-policy-twice.yaml:"},
    {"secret-not-base64.yaml", ""},
    {"secret-not-docker-config.yaml", ""},
    {"spec-null.yaml", ""},
    {"syntax-error.yaml", "error: syntax-error.yaml:"},
    {"tab.yaml", "error: tab.yaml:"},
    {"truncated.yaml", ""},
    {"two-policies.yaml", ""},
    {"unclosed-quote.yaml", "error: unclosed-quote.yaml:"},
    {"unknown-anchor.yaml", "error: unknown-anchor.yaml:"},
    {"unknown-key.yaml", ""},
    {"wrong-name.yaml", ""},
};

TEST_F(ManifestDirectoryTest, RefusesWhatIsNoManifestAndLeavesPoliciesToTheirReader) {
  for (const auto& [file, error] : kBadExamples) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directory(directory_);
    std::filesystem::copy_file(absl::StrCat("testdata/cluster_bad/", file), Path(file));
    const auto api = Open();
    Diary diary;
    const auto watch = api->Watch(kPolicies, diary.Writer());
    const std::string said = diary.Await(1).at(0);
    if (error.empty()) {
      EXPECT_THAT(said, Not(StartsWith("error: "))) << file;
      EXPECT_THAT(said, Not(IsEmpty())) << file;
    } else {
      EXPECT_THAT(said, StartsWith(std::string(error))) << file;
    }
  }
}

TEST(ManifestDirectory, EveryBadExampleIsTried) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator("testdata/cluster_bad")) {
    files.push_back(entry.path().filename());
  }
  std::vector<std::string> tried;
  for (const auto& [file, error] : kBadExamples) tried.emplace_back(file);
  EXPECT_THAT(files, testing::UnorderedElementsAreArray(tried));
}

}  // namespace
}  // namespace countersign::kube
