#include "verifier/test_cluster.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/json.h"
#include "cosign/signature_layer.h"
#include "gtest/gtest.h"
#include "oci/image_reference.h"
#include "oci/manifest.h"

namespace countersign::verifier {
namespace {

constexpr int kThreads = 8;
constexpr int kThreadsPerLane = 4;

oci::Repository RepositoryOf(std::string_view name) {
  return oci::ImageReference::Parse(name)->repository();
}

}  // namespace

kube::Secret TestPullSecret(std::string_view registry, std::string_view username,
                            std::string_view password) {
  const base::Json config = {
      {"auths",
       {{std::string(registry),
         {{"auth", absl::Base64Escape(absl::StrCat(username, ":", password))}}}}}};
  return {.type = "kubernetes.io/dockerconfigjson", .data = {{".dockerconfigjson", config.dump()}}};
}

TestCluster::TestCluster(ImageVerifier::Options options, base::ByteBudget::Options byte_options,
                         SignatureJudge::Options judging, EvidenceGatherer::Options gathering)
    : caching(&secrets, &clock, {}),
      credentials(&caching, {}),
      bytes(byte_options),
      gatherer(&registry, &credentials, &pool, &clock, std::move(gathering)),
      judge(judging),
      pool(base::WorkerPool::Options{.threads = kThreads, .threads_per_lane = kThreadsPerLane}),
      examiner(&gatherer, &judge, &pool,
               {.clock = &clock, .away_since = [this](std::string_view) { return away_since; }}),
      verifier(&policies, &examiner, &bytes, options) {
  // Deadlines of fetches are taken from the clock and waited for in real time.
  clock.Set(base::Clock::Real().Now());
}

oci::Digest TestCluster::PushImage(std::string_view name, std::string_view content) {
  const oci::ImageReference image = *oci::ImageReference::Parse(name);
  const base::Json manifest = {{"schemaVersion", 2},
                               {"mediaType", oci::kOciManifest},
                               {"layers", base::Json::array()},
                               {"annotations", {{"content", absl::StrCat(name, content)}}}};
  return registry.PutManifest(image.repository(), image.tag().value_or(""), manifest.dump());
}

void TestCluster::Sign(std::string_view name, const oci::Digest& image,
                       const std::vector<const cosign::TestSigner*>& signers) {
  std::vector<cosign::ItemPtr> made;
  for (const cosign::TestSigner* signer : signers) made.push_back(signer->Sign(image));
  PushSignatures(name, image, made);
}

void TestCluster::PushSignatures(std::string_view name, const oci::Digest& image,
                                 const std::vector<cosign::ItemPtr>& made, size_t manifest_bytes) {
  cosign::SignatureArtifact artifact = cosign::SignatureManifest(made);
  artifact.manifest.resize(std::max(artifact.manifest.size(), manifest_bytes), ' ');
  const oci::Repository repository = RepositoryOf(name);
  for (const std::string& blob : artifact.blobs) registry.PutBlob(repository, blob);
  registry.PutManifest(repository, cosign::SignatureTag(image), artifact.manifest);
}

void TestCluster::SetPolicy(const policy::TestPolicy& policy) { policies.Set(policy.Build()); }

AllowancePtr TestCluster::OpenAllowance(const Allowance::Limits& limits) {
  return std::make_shared<Allowance>(base::Share(), bytes.OpenAccount(), limits);
}

WorkloadAnswer TestCluster::Ask(const WorkloadQuestion& question, absl::Time deadline) {
  return verifier.Verify(question, {.credentials = CredentialUse::kCluster}, deadline);
}

WorkloadAnswer TestCluster::Verify(const std::vector<std::string>& images) {
  WorkloadQuestion question = {.workload_namespace = "shop"};
  for (const std::string& image : images) question.images.push_back({.reference = image});
  return Ask(question);
}

policy::Verdict TestCluster::VerifyOne(const std::string& image) {
  return Verify({image}).verdicts[0]->verdict;
}

BlockedLane::BlockedLane(TestCluster* cluster, std::string_view registry) {
  // The pool's own count may still have threads in it that are at their end.
  const auto held = std::make_shared<std::atomic<int>>(0);
  for (int i = 0; i < kThreadsPerLane; ++i) {
    EXPECT_TRUE(cluster->pool
                    .Schedule(registry,
                              [end = end_, held] {
                                ++*held;
                                EXPECT_TRUE(base::Await(*end));
                              })
                    .ok());
  }
  EXPECT_TRUE(base::Eventually([&] { return *held == kThreadsPerLane; }));
}

void BlockedLane::LetGo() {
  if (!end_->HasBeenNotified()) end_->Notify();
}

}  // namespace countersign::verifier
