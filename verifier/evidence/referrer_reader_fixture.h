#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_REFERRER_READER_FIXTURE_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_REFERRER_READER_FIXTURE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/share.h"
#include "base/turnstile.h"
#include "base/worker_pool.h"
#include "cosign/item.h"
#include "cosign/signer.h"
#include "cosign/test_signer.h"
#include "cosign/verify.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/evidence.h"
#include "registry/fake_registry.h"
#include "verifier/evidence/allowance.h"
#include "verifier/evidence/looking.h"
#include "verifier/evidence/referrer_reader.h"
#include "verifier/evidence/test_referrers.h"

namespace countersign::verifier {

// Reads what refers to one image in a registry that is there for the test alone.

inline constexpr char kPredicateType[] = "https://slsa.dev/provenance/v1";
inline const oci::Repository kRepository = {"registry.example.org", "app"};
inline const oci::Digest kDigest = oci::Digest::Of("an image");

class ReferrerReaderTest : public testing::Test {
 protected:
  absl::StatusOr<ReadItems> Read(std::function<bool()> is_wanted = nullptr) {
    const Looking looking = {.pool = &pool_,
                             .allowance = std::make_shared<Allowance>(
                                 base::Share(), bytes_.OpenAccount(), Allowance::Limits()),
                             .is_wanted = std::move(is_wanted),
                             .deadline = absl::InfiniteFuture(),
                             .wants_attestations = wants_attestations_};
    return FetchReferrers({&registry_, kRepository, kDigest, {}, looking, turns_});
  }
  absl::StatusOr<policy::Items> Fetch() {
    absl::StatusOr<ReadItems> read = Read();
    if (!read.ok()) return read.status();
    return std::move(read->items);
  }
  absl::StatusOr<policy::Items> List() {
    referrers_.ListByApi();
    return Fetch();
  }

  bool Holds(const absl::StatusOr<cosign::ItemPtr>& item) const {
    if (!item.ok()) return false;
    return std::holds_alternative<cosign::Verified>(
        cosign::Verify(**item, {.image = kDigest}, *cosign::KeySigner(signer_.key().Public())));
  }

  std::string Bundle() const { return TestBundle(signer_, kDigest); }
  // Of another key each time.
  std::string StrangersBundle() const {
    return TestBundle(cosign::TestSigner(crypto::TestKey::Generate()), kDigest);
  }

  size_t CountCalls(std::string_view kind) const {
    size_t count = 0;
    for (const std::string& call : registry_.Calls()) count += absl::StartsWith(call, kind) ? 1 : 0;
    return count;
  }

  bool wants_attestations_ = true;
  base::ByteBudget bytes_{{}};
  base::WorkerPool pool_{{.threads = 8}};
  base::Turnstile turns_{1};
  registry::FakeRegistry registry_;
  TestReferrers referrers_{&registry_, kRepository, kDigest};
  cosign::TestSigner signer_{crypto::TestKey::Generate()};
};
}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_REFERRER_READER_FIXTURE_H_
