// What the verifier computes for a warm image: what the policy asks of it, and the verdict from
// remembered evidence.

#include <string>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/judge.h"
#include "policy/policies.h"
#include "policy/requirement.h"
#include "policy/test_policy.h"

namespace countersign::policy {
namespace {

constexpr char kImage[] = "registry.example.org/team-0/shop/web:1.4.2";

// A pattern a team in one registry; only the first team's matches kImage.
PoliciesPtr PolicyWithPatterns(int count, const cosign::TestSigner& signer) {
  TestPolicy policy;
  policy.Key("release", signer.key().PublicPem());
  for (int i = count - 1; i >= 0; --i) {
    policy.Rule(absl::StrCat("registry.example.org/team-", i, "/*"), {"release"});
  }
  return policy.Build();
}

void AskOfPatterns(benchmark::State& state) {
  const cosign::TestSigner signer(crypto::TestKey::Generate());
  const PoliciesPtr policy = PolicyWithPatterns(state.range(0), signer);
  const oci::ImageReference image = *oci::ImageReference::Parse(kImage);
  for (auto _ : state) {
    const Requirement requirement = RequirementFor(policy, {.workload_namespace = "shop"}, image);
    if (requirement.Matching().size() != 1) {
      state.SkipWithError("not one policy");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(AskOfPatterns)->ArgName("patterns")->Arg(1)->Arg(100)->Arg(10'000);

void ParseReference(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(oci::ImageReference::Parse(kImage));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ParseReference);

void JudgeOneSignature(benchmark::State& state) {
  const cosign::TestSigner signer(crypto::TestKey::Generate());
  const PoliciesPtr policy = PolicyWithPatterns(1, signer);
  const Requirement requirement =
      RequirementFor(policy, {.workload_namespace = "shop"}, *oci::ImageReference::Parse(kImage));
  const oci::Digest digest = oci::Digest::Of("an image's manifest");
  const Evidence evidence = {
      .digest = digest,
      .by_place = {{.place = Place::kSignatureTag, .items = {signer.Sign(digest)}}},
      .how = "anonymously"};
  for (auto _ : state) {
    if (Judge(requirement, kImage, evidence, ProveDirectly).decision != Decision::kAllow) {
      state.SkipWithError("not allowed");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(JudgeOneSignature);

}  // namespace
}  // namespace countersign::policy
