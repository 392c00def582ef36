#include "verifier/policies/sigstore_compiler.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::verifier {
namespace {

using base::Json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ObjectList List(std::vector<Json> objects) {
  auto list = std::make_shared<std::vector<kube::Object>>();
  for (Json& json : objects) {
    list->push_back({.json = std::move(json),
                     .locate = [](std::string_view pointer) { return std::string(pointer); }});
  }
  return list;
}

Json Settings(const std::string& fail, const std::string& no_match = "deny") {
  return {{"data", {{"fail-on-empty-authorities", fail}, {"no-match-policy", no_match}}}};
}

// Stands in for what reads objects: notes what it was given, finds fault with settings that are not
// "true" or "false" and "deny", and with keys that are not there.
class SigstoreCompilerTest : public testing::Test {
 protected:
  policy::CompiledSigstore Compile(const policy::SigstoreInputs& inputs) {
    policy::CompiledSigstore compiled;
    settings_.push_back(inputs.settings == nullptr
                            ? "none"
                            : (*inputs.settings)["data"]["fail-on-empty-authorities"]);
    if (inputs.settings != nullptr) {
      const Json& data = (*inputs.settings)["data"];
      if (data["fail-on-empty-authorities"] != "true") {
        compiled.settings_problems.push_back({"/data/fail-on-empty-authorities", "no boolean"});
      }
      if (data["no-match-policy"] != "deny") {
        compiled.settings_problems.push_back({"/data/no-match-policy", "unknown"});
      }
    }
    compiled.image_policies.resize(inputs.image_policies.size());
    compiled.options.resize(inputs.options.size());
    for (policy::CompiledSigstoreObject& object : compiled.image_policies) {
      for (const auto& [name, key] : inputs.secret_keys) {
        if (!key.ok()) object.unread_keys.push_back({"/key", std::string(key.status().message())});
      }
    }
    // What is put in force has as many groups as there are keys.
    std::vector<policy::Group> groups;
    for (const auto& [name, key] : inputs.secret_keys) {
      if (key.ok()) groups.emplace_back();
    }
    compiled.policies =
        std::make_shared<const policy::Policies>(groups, std::vector<policy::Policy>());
    return compiled;
  }

  CompiledLists Apply(const ObjectList& settings, const SigstoreSurroundings& surroundings = {}) {
    settings_.clear();
    return compiler_.Apply({.image_policies = List({Json::object()}),
                            .trust_roots = List({}),
                            .options = List({Json::object(), Json::object()}),
                            .settings = settings},
                           surroundings);
  }

  std::vector<std::string> settings_;
  SigstoreCompiler compiler_{
      [this](const policy::SigstoreInputs& inputs) { return Compile(inputs); }};
};

TEST_F(SigstoreCompilerTest, SaysWhatThereIsToSayOfEachObject) {
  const CompiledLists compiled = Apply(List({}));
  EXPECT_THAT(compiled.image_policies, SizeIs(1));
  EXPECT_THAT(compiled.options, SizeIs(2));
  EXPECT_THAT(settings_, ElementsAre("none"));
}

TEST_F(SigstoreCompilerTest, SettingsThatAreRefusedLeaveTheLastGoodOnesInForce) {
  EXPECT_THAT(Apply(List({Settings("bad")})).settings_problems, SizeIs(1));
  EXPECT_THAT(settings_, ElementsAre("bad", "none"));
  EXPECT_THAT(Apply(List({Settings("true")})).settings_problems, IsEmpty());
  EXPECT_THAT(settings_, ElementsAre("true"));
  EXPECT_THAT(Apply(List({Settings("bad")})).settings_problems, SizeIs(1));
  EXPECT_THAT(settings_, ElementsAre("bad", "true"));
  Apply(List({}));
  EXPECT_THAT(settings_, ElementsAre("none"));
}

TEST_F(SigstoreCompilerTest, AWordThatIsNotKnownRefusesNothing) {
  EXPECT_THAT(Apply(List({Settings("true", "Allow")})).settings_problems, SizeIs(1));
  EXPECT_THAT(settings_, ElementsAre("true"));
}

TEST_F(SigstoreCompilerTest, OfAnOldKeyIsSaidThatItsSecretIsGone) {
  SigstoreSurroundings surroundings;
  surroundings.secret_keys["release"] = {.pem = std::string("PEM"), .has_been_tried = true};
  EXPECT_THAT(Apply(List({}), surroundings).image_policies[0].unread_keys, IsEmpty());
  surroundings.secret_keys["release"].fault =
      absl::FailedPreconditionError("secret \"release\" not found");
  const CompiledLists compiled = Apply(List({}), surroundings);
  ASSERT_THAT(compiled.image_policies[0].unread_keys, SizeIs(1));
  EXPECT_EQ(compiled.image_policies[0].unread_keys[0].reason, "secret \"release\" not found");
  EXPECT_THAT(compiled.in_force->groups(), SizeIs(1));
}

}  // namespace
}  // namespace countersign::verifier
