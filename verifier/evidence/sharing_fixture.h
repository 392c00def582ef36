#ifndef COUNTERSIGN_VERIFIER_EVIDENCE_SHARING_FIXTURE_H_
#define COUNTERSIGN_VERIFIER_EVIDENCE_SHARING_FIXTURE_H_

#include <cstddef>
#include <future>
#include <string>
#include <string_view>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/eventually.h"
#include "gtest/gtest.h"
#include "registry/registry.h"
#include "verifier/test_cluster.h"

namespace countersign::verifier {

// A signed image, and namespaces whose pull secrets have the same credential for it.

inline constexpr char kImage[] = "registry.example.org/app:1";
inline constexpr int kNamespaces = 20;

inline std::string Namespace(int i) { return absl::StrCat("team-", i); }

class SharingTest : public testing::Test {
 protected:
  SharingTest() {
    cluster_.Sign(kImage, digest_, {&cluster_.signer});
    cluster_.SetPolicy(
        policy::TestPolicy().Key("k", cluster_.signer.key().PublicPem()).Rule("*", {"k"}));
    for (int i = 0; i < kNamespaces; ++i) PutSecret(Namespace(i), "robot", "p");
  }

  // A pull secret of the name "regcred".
  void PutSecret(const std::string& name_space, const std::string& username,
                 const std::string& password) {
    cluster_.secrets.PutSecret(name_space, "regcred",
                               TestPullSecret("registry.example.org", username, password));
  }

  policy::Verdict Ask(const std::string& name_space, const std::string& image,
                      CredentialUse use = CredentialUse::kCluster) {
    const WorkloadQuestion question = {.images = {{.reference = image}},
                                       .workload_namespace = name_space,
                                       .image_pull_secrets = {"regcred"}};
    return cluster_.verifier.Verify(question, {.credentials = use}, base::Soon())
        .verdicts[0]
        ->verdict;
  }

  std::string ByDigest() const {
    return absl::StrCat("registry.example.org/app@", digest_.ToString());
  }

  // What namespaces that are not let in are told who ask at the same time as one that is, and after
  // him in line.
  std::vector<policy::Verdict> AskBesideSomebodyWhoMay(const std::string& image) {
    cluster_.registry.RequireCredential(repository_, {robot_});
    PutSecret("thief", "robot", "guessed");
    std::future<policy::Verdict> owner;
    std::vector<std::future<policy::Verdict>> others;
    {
      const BlockedLane lane(&cluster_);
      const auto begin = [&](const std::string& name_space, CredentialUse use) {
        const size_t waiting = cluster_.pool.counts().waiting;
        auto asked =
            std::async(std::launch::async, [=, this] { return Ask(name_space, image, use); });
        EXPECT_TRUE(base::Eventually([&] { return cluster_.pool.counts().waiting > waiting; }));
        return asked;
      };
      owner = begin(Namespace(0), CredentialUse::kCluster);
      others.push_back(begin("thief", CredentialUse::kCluster));
      others.push_back(begin("poor", CredentialUse::kCluster));
      others.push_back(begin(Namespace(0), CredentialUse::kAnonymous));
    }
    EXPECT_EQ(owner.get().decision, policy::Decision::kAllow);
    std::vector<policy::Verdict> verdicts;
    for (std::future<policy::Verdict>& other : others) verdicts.push_back(other.get());
    return verdicts;
  }

  // How many of the registry's calls so far have this in them.
  int CountCalls(std::string_view what) const {
    return absl::c_count_if(cluster_.registry.Calls(), [what](const std::string& call) {
      return absl::StrContains(call, what);
    });
  }

  const oci::Repository repository_ = {"registry.example.org", "app"};
  const registry::Credential robot_ = {.username = "robot", .password = "p"};

  TestCluster cluster_;
  const oci::Digest digest_ = cluster_.PushImage(kImage);
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_EVIDENCE_SHARING_FIXTURE_H_
