#include "kube/admission/workload.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using base::IsOk;
using base::Json;
using base::StatusIs;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pointee;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

TEST(WorkloadKinds, KnowsWhatMakesPods) {
  const std::pair<GroupVersionKind, std::string_view> cases[] = {
      {{"", "v1", "Pod"}, ""},
      {{"", "v1", "ReplicationController"}, "/spec/template"},
      {{"apps", "v1", "ReplicaSet"}, "/spec/template"},
      {{"apps", "v1", "Deployment"}, "/spec/template"},
      {{"apps", "v1", "StatefulSet"}, "/spec/template"},
      {{"apps", "v1", "DaemonSet"}, "/spec/template"},
      {{"batch", "v1", "Job"}, "/spec/template"},
      {{"batch", "v1", "CronJob"}, "/spec/jobTemplate/spec/template"},
      {{"batch", "v1beta1", "CronJob"}, "/spec/jobTemplate/spec/template"},
  };
  for (const auto& [kind, path] : cases) {
    EXPECT_THAT(WorkloadKinds().FindTemplatePath(kind), Pointee(std::string(path)))
        << kind.ToString();
  }
}

TEST(WorkloadKinds, KnowsNoOtherKindGroupOrVersion) {
  const GroupVersionKind cases[] = {
      {"", "v1", "ConfigMap"},     {"", "v1", "PodTemplate"},         {"", "v2", "Pod"},
      {"apps", "v1", "Pod"},       {"apps", "v1beta2", "Deployment"}, {"", "v1", "Deployment"},
      {"batch", "v1beta1", "Job"}, {"example.org", "v1", "Rollout"},  {"", "", ""},
  };
  for (const GroupVersionKind& kind : cases) {
    EXPECT_EQ(WorkloadKinds().FindTemplatePath(kind), nullptr) << kind.ToString();
  }
}

TEST(WorkloadKinds, AddedKindIsKnownInEveryVersion) {
  WorkloadKinds kinds;
  ASSERT_THAT(kinds.Add("Rollout.argoproj.io=/spec/template"), IsOk());
  ASSERT_THAT(kinds.Add("Gadget=/spec/pod~1template"), IsOk());
  for (const char* version : {"v1", "v1alpha1", "v9"}) {
    EXPECT_THAT(kinds.FindTemplatePath({"argoproj.io", version, "Rollout"}),
                Pointee(std::string("/spec/template")));
    EXPECT_THAT(kinds.FindTemplatePath({"", version, "Gadget"}),
                Pointee(std::string("/spec/pod~1template")));
  }
  EXPECT_EQ(kinds.FindTemplatePath({"other.io", "v1", "Rollout"}), nullptr);
}

TEST(WorkloadKinds, AddedKindReplacesNoBuiltInOne) {
  WorkloadKinds kinds;
  ASSERT_THAT(kinds.Add("Deployment.apps=/nowhere"), IsOk());
  EXPECT_THAT(kinds.FindTemplatePath({"apps", "v1", "Deployment"}),
              Pointee(std::string("/spec/template")));
  EXPECT_THAT(kinds.FindTemplatePath({"apps", "v2", "Deployment"}),
              Pointee(std::string("/nowhere")));
}

TEST(WorkloadKinds, SaysWhatIsWrongWithAnAddedKind) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "there is no ="},
      {"Rollout.argoproj.io", "there is no ="},
      {"=/spec/template", "there is no kind"},
      {".argoproj.io=/spec/template", "there is no kind"},
      {"Rollout.=/spec/template", "there is no group"},
      {"Rollout.argoproj.io=", "the path must start with /"},
      {"Rollout.argoproj.io=spec/template", "the path must start with /"},
      {"Rollout.argoproj.io=/a~b", "in the path, ~ must be written ~0"},
  };
  for (const auto& [text, reason] : cases) {
    WorkloadKinds kinds;
    EXPECT_THAT(kinds.Add(text), StatusIs(kInvalid, HasSubstr(reason))) << text;
  }
  WorkloadKinds kinds;
  ASSERT_THAT(kinds.Add("Rollout.argoproj.io=/a"), IsOk());
  EXPECT_THAT(kinds.Add("Rollout.argoproj.io=/b"), StatusIs(kInvalid, HasSubstr("before")));
}

TEST(ReadWorkload, FindsEveryPlaceInOrder) {
  const Json pod = Json::parse(R"({"spec": {
    "volumes": [{"name": "empty", "emptyDir": {}},
                {"name": "data", "image": {"reference": "volume:1", "pullPolicy": "Always"}}],
    "ephemeralContainers": [{"name": "debug", "image": "debug:1"}],
    "containers": [{"name": "web", "image": "web:1"}, {"image": "nameless:1"}],
    "initContainers": [{"name": "setup", "image": "setup:1"}]
  }})");
  const absl::StatusOr<Workload> workload = ReadWorkload(pod, "");
  ASSERT_TRUE(workload.ok()) << workload.status();
  std::vector<std::string> found;
  for (const ImageUse& use : workload->images) {
    found.push_back(use.container + " " + use.reference + " " + use.pointer);
  }
  EXPECT_THAT(found, ElementsAre("setup setup:1 /spec/initContainers/0/image",
                                 "web web:1 /spec/containers/0/image",
                                 " nameless:1 /spec/containers/1/image",
                                 "debug debug:1 /spec/ephemeralContainers/0/image",
                                 "data volume:1 /spec/volumes/1/image/reference"));
}

TEST(ReadWorkload, FollowsTheTemplatePath) {
  const Json object = Json::parse(
      R"({"spec": {"pod/template": {"spec": {"containers": [{"name": "web", "image": "web:1"}]}}}})");
  const absl::StatusOr<Workload> workload = ReadWorkload(object, "/spec/pod~1template");
  ASSERT_TRUE(workload.ok()) << workload.status();
  ASSERT_EQ(workload->images.size(), 1u);
  EXPECT_EQ(workload->images[0].pointer, "/spec/pod~1template/spec/containers/0/image");
}

TEST(ReadWorkload, ReadsWhoPulls) {
  const Json pod = Json::parse(R"({"spec": {
    "imagePullSecrets": [{"name": "first"}, {}, {"name": "second"}],
    "serviceAccountName": "runner", "serviceAccount": "older"}})");
  const absl::StatusOr<Workload> workload = ReadWorkload(pod, "");
  ASSERT_TRUE(workload.ok()) << workload.status();
  EXPECT_THAT(workload->image_pull_secrets, ElementsAre("first", "second"));
  EXPECT_EQ(workload->service_account, "runner");
}

TEST(ReadWorkload, ReadsTheDeprecatedNameOfTheServiceAccount) {
  const absl::StatusOr<Workload> workload =
      ReadWorkload(Json::parse(R"({"spec": {"serviceAccount": "older"}})"), "");
  ASSERT_TRUE(workload.ok()) << workload.status();
  EXPECT_EQ(workload->service_account, "older");
}

TEST(ReadWorkload, WhatIsAbsentHasNoImages) {
  for (const std::string_view object :
       {"{}", R"({"spec": null})", R"({"spec": {}})", R"({"spec": {"template": null}})",
        R"({"spec": {"template": {"spec": null}}})",
        R"({"spec": {"template": {"spec": {"containers": null}}}})",
        R"({"spec": {"template": {"spec": {"containers": [{"name": "web"}]}}}})",
        R"({"spec": {"template": {"spec": {"containers": [{"image": ""}]}}}})",
        R"({"spec": {"template": {"spec": {"volumes": [{"image": {}}]}}}})"}) {
    const absl::StatusOr<Workload> workload = ReadWorkload(Json::parse(object), "/spec/template");
    ASSERT_TRUE(workload.ok()) << object << workload.status();
    EXPECT_THAT(workload->images, IsEmpty()) << object;
  }
}

std::vector<std::string> ReferencesIn(const Json& pod_spec, bool in_template,
                                      const std::vector<std::string>& placeholders) {
  const Json object =
      in_template ? Json{{"spec", {{"template", {{"spec", pod_spec}}}}}} : Json{{"spec", pod_spec}};
  std::vector<std::string> references;
  const absl::StatusOr<Workload> workload =
      ReadWorkload(object, in_template ? "/spec/template" : "", placeholders);
  EXPECT_THAT(workload, base::IsOk());
  if (!workload.ok()) return references;
  for (const ImageUse& use : workload->images) references.push_back(use.reference);
  return references;
}

TEST(ReadWorkload, InATemplateWhatIsFilledInLaterIsNone) {
  const Json spec = Json::parse(R"({
      "initContainers": [{"name": "a", "image": "auto"}, {"name": "b", "image": "auto:1"}],
      "containers": [{"name": "c", "image": " "}, {"name": "d", "image": "\t\n"},
                     {"name": "e", "image": ""}, {"name": "f", "image": " auto"},
                     {"name": "g", "image": "web:1"}],
      "volumes": [{"name": "v", "image": {"reference": "auto"}},
                  {"name": "w", "image": {"reference": " "}}]})");
  EXPECT_THAT(ReferencesIn(spec, true, {"auto", "later"}), ElementsAre("auto:1", " auto", "web:1"));
  EXPECT_THAT(ReferencesIn(spec, true, {}),
              ElementsAre("auto", "auto:1", " auto", "web:1", "auto"));
  // Nobody fills it in any more.
  EXPECT_THAT(ReferencesIn(spec, false, {"auto"}),
              ElementsAre("auto", "auto:1", " ", "\t\n", " auto", "web:1", "auto", " "));
}

TEST(ReadWorkload, WhatCannotBeReadIsRefused) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"spec": 7})", "/spec: must be an object, is a number"},
      {R"({"spec": []})", "/spec: must be an object, is an array"},
      {R"({"spec": {"containers": {}}})", "/spec/containers: must be an array, is an object"},
      {R"({"spec": {"containers": ["x"]}})", "/spec/containers/0: must be an object"},
      {R"({"spec": {"containers": [{}, null]}})", "/spec/containers/1: must be an object"},
      {R"({"spec": {"initContainers": [{"image": 1}]}})",
       "/spec/initContainers/0/image: must be a string, is a number"},
      {R"({"spec": {"ephemeralContainers": [{"image": ["x"]}]}})",
       "/spec/ephemeralContainers/0/image: must be a string, is an array"},
      {R"({"spec": {"containers": [{"name": {}}]}})",
       "/spec/containers/0/name: must be a string, is an object"},
      {R"({"spec": {"volumes": [{"image": "x"}]}})",
       "/spec/volumes/0/image: must be an object, is a string"},
      {R"({"spec": {"volumes": [{"image": {"reference": {}}}]}})",
       "/spec/volumes/0/image/reference: must be a string, is an object"},
      {R"({"spec": {"imagePullSecrets": ["x"]}})", "/spec/imagePullSecrets/0: must be an object"},
      {R"({"spec": {"serviceAccountName": []}})",
       "/spec/serviceAccountName: must be a string, is an array"},
  };
  for (const auto& [object, reason] : cases) {
    EXPECT_THAT(ReadWorkload(Json::parse(object), ""), StatusIs(kInvalid, std::string(reason)))
        << object;
  }
  EXPECT_THAT(ReadWorkload(Json::parse(R"({"spec": {"template": "x"}})"), "/spec/template"),
              StatusIs(kInvalid, "/spec/template: must be an object, is a string"));
}

TEST(ReadWorkload, TakesManyContainers) {
  Json pod;
  for (int i = 0; i < 2000; ++i) pod["spec"]["containers"].push_back({{"image", "web"}});
  const absl::StatusOr<Workload> workload = ReadWorkload(pod, "");
  ASSERT_TRUE(workload.ok()) << workload.status();
  EXPECT_EQ(workload->images.size(), 2000u);
}

}  // namespace
}  // namespace countersign::kube
