#ifndef COUNTERSIGN_POLICY_NAME_PATTERN_FIXTURE_H_
#define COUNTERSIGN_POLICY_NAME_PATTERN_FIXTURE_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "policy/name_pattern.h"

namespace countersign::policy {

// What tests of name patterns have in common.

// The SHA-256 of nothing.
inline constexpr std::string_view kHex =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// Of a pattern and a reference that can be read.
inline bool Matches(std::string_view pattern, std::string_view image) {
  const absl::StatusOr<NamePattern> parsed = NamePattern::Parse(pattern);
  const absl::StatusOr<oci::ImageReference> reference = oci::ImageReference::Parse(image);
  EXPECT_THAT(parsed, base::IsOk()) << pattern;
  EXPECT_THAT(reference, base::IsOk()) << image;
  return parsed.ok() && reference.ok() && parsed->Matches(*reference);
}

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_NAME_PATTERN_FIXTURE_H_
