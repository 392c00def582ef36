// The Policy Controller's own tables of what its validation answers: see testdata/policy_controller.

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_place.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/sigstore/attestation_spec.h"
#include "policy/sigstore/field_errors.h"
#include "policy/sigstore/image_policy.h"
#include "policy/sigstore/key_ref.h"
#include "policy/sigstore/keyless_ref.h"
#include "policy/sigstore/regexp_wording.h"
#include "policy/sigstore/validate.h"

namespace countersign::policy {
namespace {

using base::Json;
using base::JsonPlace;
using ::testing::IsEmpty;

// With the right paths, where theirs are not.
std::string WithOurPaths(std::string_view text) {
  return absl::StrReplaceAll(std::string(text),
                             {{".secretref", ".secretRef"},
                              {".attestations.predicateType", ".attestations[0].predicateType"},
                              {".attestations.policy.", ".attestations[1].policy."}});
}

class ValidationTable : public ::testing::TestWithParam<std::string_view> {
 protected:
  static Json Load() {
    const absl::StatusOr<std::string> text =
        base::LoadFile(absl::StrCat("testdata/policy_controller/", GetParam(), "_validation.json"));
    EXPECT_THAT(text, base::IsOk());
    return base::ParseJson(text.value_or("[]")).value_or(Json::array());
  }

  // The webhook's tests validate what has not been through defaulting.
  static FieldErrors ErrorsOf(const Json& row) {
    const std::string part = row["part"];
    const JsonPlace value(row["value"]);
    FieldErrors errors;
    std::vector<Problem> problems;
    if (part == "key") {
      ValidateKeyRef(ReadKeyRef(value, problems), "cosign-system", "", errors);
    } else if (part == "keyless") {
      RegexpFaults regexps(1 << 10);
      ValidateKeylessRef(ReadKeylessRef(value, problems), "cosign-system", "", regexps, errors);
    } else if (part == "attestation") {
      ValidateAttestation(ReadAttestation(value, problems), "", errors);
    } else {
      const ImagePolicy policy =
          DecodeImagePolicy({{"apiVersion", absl::StrCat("policy.sigstore.dev/", GetParam())},
                             {"kind", "ClusterImagePolicy"},
                             {"spec", row["value"]}});
      EXPECT_FALSE(policy.broken.has_value());
      problems = policy.problems;
      ValidationSettings settings;
      settings.fails_on_empty_authorities = row["table"] != "TestEmptyAuthoritiesValidation";
      settings.resources.insert("supported");
      errors = Validate(policy, settings);
    }
    EXPECT_THAT(problems, IsEmpty());
    return errors;
  }
};

TEST_P(ValidationTable, HasTheSameTexts) {
  const Json table = Load();
  int with_other_paths = 0;
  for (const Json& row : table) {
    const std::string name =
        absl::StrCat(row["table"].get<std::string>(), ": ", row["name"].get<std::string>());
    const FieldErrors errors = ErrorsOf(row);
    const std::string theirs = row["errors"];
    const std::string their_warnings = row["warnings"];
    EXPECT_EQ(errors.Text(ErrorLevel::kError), WithOurPaths(theirs)) << name;
    EXPECT_EQ(errors.Text(ErrorLevel::kWarning), WithOurPaths(their_warnings)) << name;
    with_other_paths += WithOurPaths(theirs) != theirs;
    with_other_paths += WithOurPaths(their_warnings) != their_warnings;
  }
  // 90 and 93 cases by name; the nine of AWS are each there for a key and for an authority.
  EXPECT_EQ(table.size(), GetParam() == "v1beta1" ? 93 + 9 : 90 + 9);
  EXPECT_EQ(with_other_paths, 8);
}

INSTANTIATE_TEST_SUITE_P(Versions, ValidationTable, ::testing::Values("v1alpha1", "v1beta1"),
                         [](const auto& version) { return std::string(version.param); });

}  // namespace
}  // namespace countersign::policy
