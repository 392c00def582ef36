#ifndef COUNTERSIGN_VERIFIER_TEST_CLUSTER_H_
#define COUNTERSIGN_VERIFIER_TEST_CLUSTER_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/byte_budget.h"
#include "base/eventually.h"
#include "base/fake_clock.h"
#include "base/worker_pool.h"
#include "cosign/test_signer.h"
#include "crypto/test_key.h"
#include "kube/fake_secret_reader.h"
#include "oci/digest.h"
#include "policy/test_policy.h"
#include "registry/fake_registry.h"
#include "verifier/credentials/caching_secret_reader.h"
#include "verifier/credentials/credential_finder.h"
#include "verifier/evidence/allowance.h"
#include "verifier/evidence/evidence_gatherer.h"
#include "verifier/evidence/examiner.h"
#include "verifier/evidence/signature_judge.h"
#include "verifier/policies/policy_store.h"
#include "verifier/serving/image_verifier.h"

namespace countersign::verifier {

// A Secret of type kubernetes.io/dockerconfigjson for one registry.
kube::Secret TestPullSecret(std::string_view registry, std::string_view username,
                            std::string_view password);

// A verifier over a registry and a cluster in memory, for tests.
class TestCluster {
 public:
  explicit TestCluster(ImageVerifier::Options options = {}, base::ByteBudget::Options bytes = {},
                       SignatureJudge::Options judging = {},
                       EvidenceGatherer::Options gathering = {});

  // Puts an image into the registry under a name such as "registry.example.org/app:1", with content
  // of its own for each `content`.
  oci::Digest PushImage(std::string_view name, std::string_view content = "");
  // Replaces the image's signatures.
  void Sign(std::string_view name, const oci::Digest& image,
            const std::vector<const cosign::TestSigner*>& signers);
  // Their manifest is filled up to `manifest_bytes`.
  void PushSignatures(std::string_view name, const oci::Digest& image,
                      const std::vector<cosign::ItemPtr>& signatures, size_t manifest_bytes = 0);

  void SetPolicy(const policy::TestPolicy& policy);

  // Asks, with the cluster's credentials.
  WorkloadAnswer Ask(const WorkloadQuestion& question, absl::Time deadline = base::Soon());
  // Asks about images of a workload in namespace "shop".
  WorkloadAnswer Verify(const std::vector<std::string>& images);
  // Asks about one.
  policy::Verdict VerifyOne(const std::string& image);
  // What the images of one request may take.
  AllowancePtr OpenAllowance(const Allowance::Limits& limits = {});

  base::FakeClock clock;
  kube::FakeSecretReader secrets;
  registry::FakeRegistry registry;
  cosign::TestSigner signer{crypto::TestKey::Generate()};
  cosign::TestSigner other_signer{crypto::TestKey::Generate()};
  // Since when registries are said to be away; nullopt: none is. For the thread that asks.
  std::optional<absl::Time> away_since;
  PolicyStore policies;
  CachingSecretReader caching;
  CredentialFinder credentials;
  base::ByteBudget bytes;
  EvidenceGatherer gatherer;
  SignatureJudge judge;
  base::WorkerPool pool;
  Examiner examiner;
  ImageVerifier verifier;
};

// Holds all threads of a registry's lane until it lets go of them, or goes: what is asked about
// images of that registry meanwhile is in line, and none of it has begun.
class BlockedLane {
 public:
  explicit BlockedLane(TestCluster* cluster, std::string_view registry = "registry.example.org");
  ~BlockedLane() { LetGo(); }
  void LetGo();

 private:
  std::shared_ptr<absl::Notification> end_ = std::make_shared<absl::Notification>();
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_TEST_CLUSTER_H_
