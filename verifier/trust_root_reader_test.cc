#include "verifier/trust_root_reader.h"

#include "absl/status/status.h"
#include "base/json.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/client/fake_client.h"

namespace countersign::verifier {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::HasSubstr;

TEST(TrustRootReader, AsksForThoseThatThereAre) {
  http::FakeClient client([](const http::ClientRequest&) { return http::ClientResponse(); });
  TrustRootReader reader(&client, [] {});
  reader.Set({{.json = {{"apiVersion", "policy.sigstore.dev/v1alpha1"},
                        {"kind", "TrustRoot"},
                        {"metadata", {{"name", "corp"}}},
                        {"spec", base::Json::object()}}}});
  EXPECT_THAT(reader.Get("corp"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(reader.Problem("corp"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(reader.Get("other"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("other")));
  EXPECT_THAT(reader.Problem("other"), StatusIs(absl::StatusCode::kNotFound));
}

TEST(TrustRootReader, OfOneThatIsThereOnlyWhatLastsIsAProblem) {
  TrustRootState state = {.current = TrustedRootPtr()};
  EXPECT_THAT(LastingProblem(state), IsOk());
  state.problem = absl::UnavailableError("the mirror does not answer");
  EXPECT_THAT(LastingProblem(state), IsOk());
  state.problem = absl::InvalidArgumentError("/spec: bad");
  EXPECT_THAT(LastingProblem(state), StatusIs(absl::StatusCode::kInvalidArgument));
  state.current = absl::UnavailableError("not fetched yet");
  EXPECT_THAT(LastingProblem(state), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace countersign::verifier
