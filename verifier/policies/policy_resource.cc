#include "verifier/policies/policy_resource.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>

#include "kube/metadata.h"
#include "policy/policy_identity.h"

namespace countersign::verifier {
namespace {

constexpr char kSigstoreGroup[] = "policy.sigstore.dev";
// When the Policy Controller was a part of cosign.
constexpr char kFormerSigstoreGroup[] = "cosigned.sigstore.dev";
constexpr char kOptionsGroup[] = "policy.countersign.dev";
constexpr char kSettingsName[] = "config-policy-controller";
// Of its ClusterImagePolicies, and of its TrustRoots.
constexpr std::string_view kControllerFinalizers[] = {"clusterimagepolicies.policy.sigstore.dev",
                                                      "trustroots.policy.sigstore.dev"};
// Far more than clusters are said to bear; how many there may be is decided by what their labels take.
constexpr size_t kMaxNamespaces = 200'000;
// Whoever may label a namespace could fill the room of all. Without its labels no policy leaves it out.
constexpr size_t kMaxBytesOfNamespace = 16 << 10;

}  // namespace

kube::ObjectSelection PolicySelection() {
  return {.resource = {.group = std::string(policy::kPolicyGroup),
                       .version = std::string(policy::kPolicyVersion),
                       .plural = std::string(policy::kPolicyPlural),
                       .kind = std::string(policy::kPolicyKind),
                       .kinds = "ClusterImagePolicies"},
          .spoken = "policies"};
}

kube::ObjectSelection SigstorePolicySelection() {
  return {.resource = {.group = kSigstoreGroup,
                       .version = "v1alpha1",
                       .plural = "clusterimagepolicies",
                       .kind = "ClusterImagePolicy",
                       .kinds = "ClusterImagePolicies of policy.sigstore.dev",
                       .former_group = kFormerSigstoreGroup},
          .spoken = "policies of policy.sigstore.dev"};
}

kube::ObjectSelection TrustRootSelection() {
  return {.resource = {.group = kSigstoreGroup,
                       .version = "v1alpha1",
                       .plural = "trustroots",
                       .kind = "TrustRoot",
                       .kinds = "TrustRoots",
                       .former_group = kFormerSigstoreGroup},
          .spoken = "TrustRoots"};
}

kube::ObjectSelection PolicyOptionsSelection() {
  return {.resource = {.group = kOptionsGroup,
                       .version = "v1alpha1",
                       .plural = "policyoptions",
                       .kind = "PolicyOptions",
                       .kinds = "PolicyOptions"},
          .spoken = "options of policies"};
}

kube::ObjectSelection PolicySettingsSelection(const std::string& config_namespace) {
  return {.resource = {.group = "",
                       .version = "v1",
                       .plural = "configmaps",
                       .kind = "ConfigMap",
                       .kinds = "ConfigMaps",
                       .is_namespaced = true},
          .object_namespace = config_namespace,
          .name = kSettingsName,
          .spoken = "settings of policy.sigstore.dev"};
}

kube::ObjectSelection NamespaceSelection() {
  return {.resource = {.group = "",
                       .version = "v1",
                       .plural = "namespaces",
                       .kind = "Namespace",
                       .kinds = "Namespaces"},
          .spoken = "namespaces",
          .max_objects = kMaxNamespaces,
          .only_labels = true,
          .max_bytes_of_one = kMaxBytesOfNamespace,
          .if_absent = "policies that go by a namespace's labels ask there, as they are not known"};
}

std::vector<kube::ObjectSelection> SigstoreSelections(const std::string& config_namespace) {
  return {SigstorePolicySelection(), TrustRootSelection(), PolicyOptionsSelection(),
          PolicySettingsSelection(config_namespace), NamespaceSelection()};
}

kube::ObjectPath StatusPath(const kube::Resource& resource, const base::Json& object) {
  const std::string api_version = base::FindString(object, "apiVersion");
  return {.group = resource.group,
          .version = api_version.substr(api_version.find('/') + 1),
          .object_namespace = "",
          .resource = resource.plural,
          .name = kube::NameOf(object),
          .sub_resource = "status"};
}

kube::ObjectPath PolicyStatusPath(const base::Json& policy) {
  return StatusPath(PolicySelection().resource, policy);
}

bool IsOfPolicyController(const base::Json& object) {
  return std::any_of(std::begin(kControllerFinalizers), std::end(kControllerFinalizers),
                     [&object](std::string_view name) { return kube::HasFinalizer(object, name); });
}

}  // namespace countersign::verifier
