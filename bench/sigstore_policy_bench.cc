// What many policies of policy.sigstore.dev cost: asking them about an image, compiling their objects, and
// keeping them. Each policy has ten globs and a key of its own.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/json.h"
#include "bench/allocated.h"
#include "benchmark/benchmark.h"
#include "crypto/test_key.h"
#include "oci/image_reference.h"
#include "policy/namespace_rule.h"
#include "policy/policies.h"
#include "policy/requirement.h"
#include "policy/sigstore/compiled_sigstore.h"
#include "policy/sigstore/sigstore_inputs.h"

namespace countersign::policy {
namespace {

constexpr char kImage[] = "registry.example.org/team-0/part-7/web:1.4.2";
constexpr int kGlobs = 10;

// A team's: its repositories in one registry. Only the first team's matches kImage.
base::Json PolicyObject(int team, const std::string& pem) {
  base::Json images = base::Json::array();
  for (int part = 0; part < kGlobs; ++part) {
    images.push_back(
        {{"glob", absl::StrCat("registry.example.org/team-", team, "/part-", part, "/**")}});
  }
  return {{"apiVersion", "policy.sigstore.dev/v1beta1"},
          {"kind", "ClusterImagePolicy"},
          {"metadata", {{"name", absl::StrCat("team-", team)}}},
          {"spec",
           {{"images", std::move(images)},
            {"authorities", {{{"name", "release"}, {"key", {{"data", pem}}}}}}}}};
}

std::vector<base::Json> PolicyObjects(int count) {
  // Keys of teams are different, as they are in a cluster; a hundred are enough to tell.
  std::vector<std::string> pems;
  for (int i = 0; i < std::min(count, 100); ++i) {
    pems.push_back(crypto::TestKey::Generate().PublicPem());
  }
  std::vector<base::Json> objects;
  for (int team = 0; team < count; ++team) {
    objects.push_back(PolicyObject(team, pems[team % pems.size()]));
  }
  return objects;
}

PoliciesPtr Compile(const std::vector<base::Json>& objects) {
  SigstoreInputs inputs;
  for (const base::Json& object : objects) inputs.image_policies.push_back(&object);
  return CompileSigstore(inputs).policies;
}

void AskOfPolicies(benchmark::State& state) {
  const PoliciesPtr policies = Compile(PolicyObjects(state.range(0)));
  const oci::ImageReference image = *oci::ImageReference::Parse(kImage);
  const Workload workload = {.workload_namespace = "shop",
                             .namespace_labels = std::make_shared<const Labels>(
                                 Labels{{"policy.sigstore.dev/include", "true"}})};
  for (auto _ : state) {
    if (RequirementFor(policies, workload, image).Matching().size() != 1) {
      state.SkipWithError("not one policy");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(AskOfPolicies)->ArgName("policies")->Arg(1)->Arg(100)->Arg(1'000);

void CompilePolicies(benchmark::State& state) {
  const std::vector<base::Json> objects = PolicyObjects(state.range(0));
  for (auto _ : state) {
    const PoliciesPtr policies = Compile(objects);
    if (policies->all().size() != objects.size()) {
      state.SkipWithError("not all policies");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(CompilePolicies)->ArgName("policies")->Arg(1)->Arg(100)->Arg(1'000);

// Of the compiled form alone: their objects are the watcher's. Made once, and not timed.
void PoliciesHeld(benchmark::State& state) {
  const std::vector<base::Json> objects = PolicyObjects(state.range(0));
  for (auto _ : state) {
    const PoliciesPtr once = Compile(objects);  // what is made once for all is there by then
    const size_t before = Allocated();
    const PoliciesPtr held = Compile(objects);
    state.counters["held"] = static_cast<double>(Allocated() - before);
    state.counters["count"] = static_cast<double>(held->all().size());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(PoliciesHeld)->ArgName("policies")->Arg(100)->Arg(1'000)->Iterations(1);

}  // namespace
}  // namespace countersign::policy
