// What is kept for long takes in memory, by the allocator, beside what it is counted as: trusted roots,
// outcomes (ProofMemory) and signatures (EvidenceMemory). Nothing is timed; each is made once.

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "bench/allocated.h"
#include "bench/made_bundle.h"
#include "benchmark/benchmark.h"
#include "cosign/claim.h"
#include "cosign/item.h"
#include "cosign/outcome.h"
#include "cosign/signer.h"
#include "cosign/test_signer.h"
#include "cosign/trusted_root.h"
#include "cosign/verify.h"
#include "crypto/test_key.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/evidence.h"
#include "policy/look_plan.h"
#include "policy/verification.h"
#include "trust/shipped_roots.h"
#include "verifier/credentials/credential_scope.h"
#include "verifier/evidence/evidence_memory.h"
#include "verifier/evidence/gathered.h"
#include "verifier/evidence/proof_memory.h"

namespace countersign::verifier {
namespace {

using cosign::ItemPtr;

constexpr size_t kRoom = size_t{1} << 30;  // nothing is pushed out
constexpr size_t kOutcomes = 10'000;

void Report(benchmark::State& state, size_t count, size_t held) {
  state.counters["count"] = static_cast<double>(count);
  state.counters["held"] = static_cast<double>(held);
}

// Of each `entries` must be there, in so many counted bytes.
void ReportCounted(benchmark::State& state, size_t count, size_t held, size_t entries,
                   size_t counted) {
  if (entries != count) state.SkipWithError("not all are remembered");
  Report(state, count, held);
  state.counters["counted"] = static_cast<double>(counted);
}

void RunTrustedRoot(benchmark::State& state, std::string_view json) {
  constexpr size_t kCopies = 64;
  for (auto _ : state) {
    std::vector<cosign::TrustedRoot> roots;
    roots.reserve(kCopies + 1);
    // What is made once for all is there by then.
    roots.push_back(cosign::ParseTrustedRoot(json).value());
    const size_t before = Allocated();
    for (size_t i = 0; i < kCopies; ++i) {
      roots.push_back(cosign::ParseTrustedRoot(json).value());
    }
    Report(state, 1, (Allocated() - before) / kCopies + sizeof(cosign::TrustedRoot));
  }
}
void PublicTrustedRoot(benchmark::State& state) {
  RunTrustedRoot(state, trust::SigstoreTrustedRoot());
}
BENCHMARK(PublicTrustedRoot)->Iterations(1);
void StagingTrustedRoot(benchmark::State& state) {
  RunTrustedRoot(state, trust::SigstoreStagingTrustedRoot());
}
BENCHMARK(StagingTrustedRoot)->Iterations(1);

// What came of the item, remembered as that of many: copies, under ids that differ.
void RunOutcomes(benchmark::State& state, const cosign::Item& item, const cosign::Claim& claim,
                 const cosign::Signer& signer, bool holds) {
  for (auto _ : state) {
    const cosign::Outcome outcome = cosign::Verify(item, claim, signer);
    if (std::holds_alternative<cosign::Verified>(outcome) != holds) {
      state.SkipWithError("another outcome");
      break;
    }
    ProofMemory memory(&base::Clock::Real(), kRoom);
    cosign::Item other;
    const size_t before = Allocated();
    for (size_t i = 0; i < kOutcomes; ++i) {
      std::memcpy(other.id.data(), &i, sizeof(i));
      memory.Keep(other, claim, signer, std::make_shared<const cosign::Outcome>(outcome));
    }
    const size_t held = Allocated() - before;
    const ProofMemory::Counts counts = memory.counts();
    ReportCounted(state, kOutcomes, held, counts.entries, counts.bytes);
  }
}
void RunOutcomesOfKey(benchmark::State& state, bool holds) {
  const cosign::TestSigner alice(crypto::TestKey::Generate());
  const cosign::TestSigner bob(crypto::TestKey::Generate());
  const oci::Digest image = oci::Digest::Of("image");
  const ItemPtr item = (holds ? alice : bob).Sign(image);
  RunOutcomes(state, *item, {.image = image}, *cosign::KeySigner(alice.key().Public()), holds);
}
void VerifiedByKey(benchmark::State& state) { RunOutcomesOfKey(state, true); }
BENCHMARK(VerifiedByKey)->Iterations(1);
void Refused(benchmark::State& state) { RunOutcomesOfKey(state, false); }
BENCHMARK(Refused)->Iterations(1);
void VerifiedByIdentity(benchmark::State& state) {
  const cosign::MadeBundle made = cosign::FindMadeBundle("bundle-keyless-rekor2-tsa");
  const ItemPtr item = cosign::BundleItem(made.bytes).value();
  RunOutcomes(state, *item, made.claim, *made.signer, true);
}
BENCHMARK(VerifiedByIdentity)->Iterations(1);

// What a look without a credential found of the image in the place: one item.
Gathered Found(const oci::Digest& image, policy::Place place, ItemPtr item) {
  std::vector<absl::StatusOr<ItemPtr>> items;
  items.push_back(std::move(item));
  return {.evidence = {.digest = image,
                       .by_place = {{.place = place, .items = std::move(items)}},
                       .how = "without credentials"},
          .fingerprint = CredentialFingerprint({}),
          .asked = base::Clock::Real().Now()};
}

// So many looks that found something by the signer, in repositories of their own. `find` gives what the
// look of that number found.
template <typename Find>
void RunSignatures(benchmark::State& state, size_t count, const cosign::SignerPtr& signer,
                   Find find) {
  const ScopePtr scope = ShareScope({.workload_namespace = "shop"});
  for (auto _ : state) {
    EvidenceMemory memory(&base::Clock::Real(), {.bytes = kRoom});
    const size_t before = Allocated();
    for (size_t i = 0; i < count; ++i) {
      const Gathered gathered = find(i);
      memory.Remember({"registry.example.org", absl::StrCat("team/app-", i)}, *scope, gathered,
                      policy::VerifyItems(gathered.evidence.AllItems(), gathered.evidence.digest,
                                          {policy::Asked{.signer = signer}}));
    }
    const size_t held = Allocated() - before;
    const EvidenceMemory::Counts counts = memory.counts();
    ReportCounted(state, count, held, counts.entries, counts.bytes);
  }
}
void Signatures(benchmark::State& state) {
  const cosign::TestSigner alice(crypto::TestKey::Generate());
  RunSignatures(state, 10'000, cosign::KeySigner(alice.key().Public()), [&](size_t i) {
    const oci::Digest image = oci::Digest::Of(absl::StrCat(i));
    return Found(image, policy::Place::kSignatureTag, alice.Sign(image));
  });
}
BENCHMARK(Signatures)->Iterations(1);
// Fewer: each is read and verified, which takes milliseconds.
void Bundles(benchmark::State& state) {
  const cosign::MadeBundle made = cosign::FindMadeBundle("bundle-keyless-rekor2-tsa");
  RunSignatures(state, 1'000, made.signer, [&](size_t) {
    return Found(made.claim.image, policy::Place::kReferrers,
                 cosign::BundleItem(made.bytes).value());
  });
}
BENCHMARK(Bundles)->Iterations(1);

}  // namespace
}  // namespace countersign::verifier
