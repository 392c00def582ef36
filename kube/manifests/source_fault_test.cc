#include "kube/manifests/source_fault.h"

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "base/status_matchers.h"
#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

using base::StatusIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

TEST(SourceFault, IsSaidWithItsPlace) {
  EXPECT_THAT(SourceError("a.yaml", {.line = 3, .reason = "is odd"}),
              StatusIs(kInvalid, "a.yaml:3: is odd"));
  EXPECT_THAT(SourceError("a.yaml", {.line = 3, .pointer = "/items/0", .reason = "is odd"}),
              StatusIs(kInvalid, "a.yaml:3: /items/0: is odd"));
}

TEST(SourceFault, IsTakenOutAsItWasPutIn) {
  for (const SourceFault& fault : {SourceFault{.line = 3, .reason = "x: y: z"},
                                   SourceFault{.line = 7, .pointer = "/a: b\n", .reason = ""}}) {
    EXPECT_EQ(SourceFaultOf(SourceError("a:9: b", fault)), fault);
  }
}

TEST(SourceFault, IsInNoOtherError) {
  const absl::Status error = SourceError("a.yaml", {.line = 3, .reason = "x"});
  EXPECT_FALSE(SourceFaultOf(base::Annotate("b", error)).has_value());
  EXPECT_FALSE(SourceFaultOf(absl::InvalidArgumentError("a.yaml:3: x")).has_value());
  EXPECT_FALSE(SourceFaultOf(absl::OkStatus()).has_value());
}

}  // namespace
}  // namespace countersign::kube
