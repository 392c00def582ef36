#include "policy/moving/kyverno_to_sigstore.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/printable.h"
#include "policy/moving/kyverno_cluster_policy.h"
#include "policy/moving/kyverno_image_policy.h"
#include "policy/moving/kyverno_parts.h"
#include "policy/moving/sigstore_objects.h"

namespace countersign::policy {

Translation KyvernoToSigstore(absl::Span<const base::Json> objects, Target target,
                              StepBudget& steps) {
  KyvernoRun run = {.target = target, .steps = steps};
  for (const base::Json& object : objects) {
    const std::string kind = base::FindString(object, "kind");
    const std::string name = base::FindStringIn(object, "metadata", "name");
    KyvernoObject moved(absl::StrCat(base::Printable(kind), " ", base::Quoted(name)), run);
    if (kind == "Policy" || kind.starts_with("Namespaced")) {
      moved.CannotSay("/kind", "is about one namespace: what becomes of it asks in all");
    }
    if (kind == "ClusterPolicy" || kind == "Policy") {
      MoveClusterPolicy(base::JsonPlace(object), name, moved);
    } else if (kind == "ImageValidatingPolicy" || kind == "NamespacedImageValidatingPolicy") {
      MoveImageValidatingPolicy(base::JsonPlace(object), name, moved);
    } else {
      moved.CannotSay("/kind", "is not moved");
    }
  }
  Translation result = std::move(run.result);
  result.objects.push_back(NoMatchPolicyObject("allow"));
  result.notes = {
      "Kyverno asks in every namespace: label them policy.sigstore.dev/include=true",
      "Kyverno admits images that no rule is about, and so no-match-policy is allow",
      "a pattern of Kyverno's is compared with one name of an image, a glob here with all",
      "Secrets with keys must be in the namespace of the installation",
      "only Countersign's install value image_pinning replaces tags by digests"};
  return result;
}

}  // namespace countersign::policy
