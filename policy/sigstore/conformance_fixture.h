#ifndef COUNTERSIGN_POLICY_SIGSTORE_CONFORMANCE_FIXTURE_H_
#define COUNTERSIGN_POLICY_SIGSTORE_CONFORMANCE_FIXTURE_H_

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "cosign/item.h"
#include "cosign/test_signer.h"
#include "cosign/test_sigstore.h"
#include "cosign/trusted_root.h"
#include "crypto/sha256.h"
#include "crypto/test_key.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/image_reference.h"
#include "policy/evidence.h"
#include "policy/judge.h"
#include "policy/look_plan.h"
#include "policy/requirement.h"
#include "policy/sigstore/compiled_sigstore.h"
#include "policy/sigstore/sigstore_inputs.h"
#include "policy/verdict.h"

namespace countersign::policy {

// Tests of what becomes of an image, from the objects of policy.sigstore.dev as their authors write them
// to the verdict, for tests of what the specification says only. Where the Policy Controller
// (sigstore/policy-controller at commit f925c0c) decides otherwise, a test says how beside it.
//
// There are three who have keys (alice, bob and a stranger), the Sigstore that everybody trusts who
// names none (its authority has the URL of Fulcio's public instance, its logs that of Rekor's), and one
// that only the TrustRoot `own` trusts.
class SigstoreConformanceTest : public testing::Test {
 protected:
  SigstoreConformanceTest() {
    cosign::TrustedRoot root = sigstore_.trusted();
    root.id = crypto::Sha256("default");
    root.certificate_authorities[0].uri = "https://fulcio.sigstore.dev";
    for (cosign::TrustedLog& log : root.logs) log.base_url = "https://rekor.sigstore.dev";
    inputs_.default_root = std::make_shared<const cosign::TrustedRoot>(std::move(root));
    AddRoot("own", own_.trusted());
  }

  void AddRoot(std::string_view name, cosign::TrustedRoot root) {
    root.id = crypto::Sha256(name);
    inputs_.trust_roots.insert_or_assign(
        std::string(name), std::make_shared<const cosign::TrustedRoot>(std::move(root)));
  }

  // JSON in which $alice, $bob and $stranger stand for their keys, in PEM, within a string.
  base::Json Read(std::string_view json) const {
    return base::Json::parse(absl::StrReplaceAll(
        json,
        {{"$alice", InJson(alice_)}, {"$bob", InJson(bob_)}, {"$stranger", InJson(stranger_)}}));
  }

  // A ClusterImagePolicy with this spec, as JSON, beside those that there are.
  base::Json& AddPolicy(std::string_view name, std::string_view spec,
                        std::string_view version = "v1beta1") {
    policies_.push_back({{"apiVersion", absl::StrCat("policy.sigstore.dev/", version)},
                         {"kind", "ClusterImagePolicy"},
                         {"metadata", {{"name", name}}},
                         {"spec", Read(spec)}});
    return policies_.back();
  }
  // The only one: `p`, about every image, with these authorities, as JSON.
  base::Json& SetAuthorities(std::string_view authorities, std::string_view version = "v1beta1") {
    policies_.clear();
    return AddPolicy(
        "p", absl::StrCat(R"({"images": [{"glob": "**"}], "authorities": [)", authorities, "]}"),
        version);
  }
  void AddOptions(std::string_view name, std::string_view spec) {
    options_.push_back({{"apiVersion", "policy.countersign.dev/v1alpha1"},
                        {"kind", "PolicyOptions"},
                        {"metadata", {{"name", name}}},
                        {"spec", Read(spec)}});
  }
  // What the ConfigMap `config-policy-controller` says, as JSON.
  void SetSettings(std::string_view data) { settings_ = {{"data", Read(data)}}; }

  CompiledSigstore Compile() {
    inputs_.image_policies.clear();
    inputs_.options.clear();
    for (const base::Json& object : policies_) inputs_.image_policies.push_back(&object);
    for (const base::Json& object : options_) inputs_.options.push_back(&object);
    inputs_.settings = settings_.is_null() ? nullptr : &settings_;
    return CompileSigstore(inputs_);
  }

  static Workload Included() {
    return {.workload_namespace = "shop",
            .namespace_labels =
                std::make_shared<const Labels>(Labels{{"policy.sigstore.dev/include", "true"}}),
            .now = cosign::kTestSigningTime + absl::Hours(24)};
  }

  // What becomes of the image, of which this was found, a day after all of it was signed.
  Verdict Ask(std::string_view image, const absl::StatusOr<Evidence>& evidence,
              const Workload& workload = Included()) {
    in_force_ = Compile().policies;
    const oci::ImageReference reference = oci::ImageReference::Parse(image).value();
    Requirement requirement = RequirementFor(in_force_, workload, reference);
    if (requirement.awaits_digest && evidence.ok()) {
      requirement = RequirementFor(in_force_, workload, reference, evidence->digest);
    }
    return Judge(requirement, image, evidence, ProveDirectly);
  }
  Verdict Ask(const absl::StatusOr<Evidence>& evidence) { return Ask(Image(), evidence); }
  // Of an image of which nothing needs to be found.
  Verdict AskWithout(std::string_view image, const Workload& workload = Included()) {
    return Ask(image, absl::InternalError("no evidence was asked for"), workload);
  }
  bool Admits(std::string_view image, const absl::StatusOr<Evidence>& evidence) {
    return Ask(image, evidence).decision == Decision::kAllow;
  }
  bool Admits(const absl::StatusOr<Evidence>& evidence) { return Admits(Image(), evidence); }

  // "SUMMARY\nDETAILS" of each of what policies found wanting, of warnings with "(warning) " before it.
  static std::vector<std::string> TextsOf(const Verdict& verdict) {
    std::vector<std::string> texts;
    for (const PolicyFailure& failure : verdict.policy_failures) {
      texts.push_back(absl::StrCat(failure.is_warning ? "(warning) " : "", failure.summary, "\n",
                                   failure.details));
    }
    return texts;
  }

  // The image that everything is about, by its digest.
  std::string Image() const { return absl::StrCat("r.io/app@", image_.ToString()); }

  // Items that were found beside the image.
  Evidence Found(std::vector<absl::StatusOr<cosign::ItemPtr>> items,
                 const Place& place = Place::kSignatureTag) const {
    return {.digest = image_, .by_place = {{.place = place, .items = std::move(items)}}};
  }
  Evidence SignedBy(const cosign::TestSigner& signer) const { return Found({signer.Sign(image_)}); }

  const oci::Digest image_ = cosign::TestImage();
  const cosign::TestSigner alice_{crypto::TestKey::Generate()};
  const cosign::TestSigner bob_{crypto::TestKey::Generate()};
  const cosign::TestSigner stranger_{crypto::TestKey::Generate()};
  cosign::TestSigstore sigstore_;
  cosign::TestSigstore own_;
  SigstoreInputs inputs_;
  std::deque<base::Json> policies_;
  std::deque<base::Json> options_;
  base::Json settings_;

 private:
  static std::string InJson(const cosign::TestSigner& signer) {
    return absl::StrReplaceAll(signer.key().PublicPem(), {{"\n", "\\n"}});
  }

  PoliciesPtr in_force_;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_CONFORMANCE_FIXTURE_H_
