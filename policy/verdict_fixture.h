#ifndef COUNTERSIGN_POLICY_VERDICT_FIXTURE_H_
#define COUNTERSIGN_POLICY_VERDICT_FIXTURE_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "cosign/item.h"
#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "policy/evidence.h"
#include "policy/test_policy.h"

namespace countersign::policy {

inline constexpr std::string_view kImage = "r.io/app:1";

// Tests of verdicts on that image, which three may have signed.
class VerdictFixture : public testing::Test {
 protected:
  // A rule for r.io/* with alice and bob.
  TestPolicy Policy() const {
    return TestPolicy()
        .Key("alice", alice_.key().PublicPem())
        .Key("bob", bob_.key().PublicPem())
        .Rule("r.io/*", {"alice", "bob"});
  }

  Evidence Found(std::vector<absl::StatusOr<cosign::ItemPtr>> signatures,
                 std::string how = "") const {
    return {.digest = image_,
            .by_place = {{.place = Place::kSignatureTag, .items = std::move(signatures)}},
            .how = std::move(how)};
  }

  const oci::Digest image_ = oci::Digest::Of("the image");
  const cosign::TestSigner alice_{crypto::TestKey::Generate()};
  const cosign::TestSigner bob_{crypto::TestKey::Generate()};
  const cosign::TestSigner stranger_{crypto::TestKey::Generate()};
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_VERDICT_FIXTURE_H_
