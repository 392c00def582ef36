#include "cli/migrate_input.h"

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "kube/manifests/documents.h"
#include "kube/manifests/object_list.h"

namespace countersign::cli {
namespace {

using base::Json;

void Sort(const Json& object, MigrateInput& input) {
  const std::string version = base::FindString(object, "apiVersion");
  const std::string_view group = std::string_view(version).substr(0, version.find('/'));
  if (group == "signing.apps.tanzu.vmware.com") {
    input.sign.push_back(object);
  } else if (group == "kyverno.io" || group == "policies.kyverno.io") {
    input.kyverno.push_back(object);
  } else if (group == "policy.sigstore.dev" || group == "policy.countersign.dev") {
    input.sigstore.push_back(object);
  } else if (const Json* metadata = base::FindMember(object, "metadata");
             base::FindString(object, "kind") == "ConfigMap" && metadata != nullptr &&
             base::FindString(*metadata, "name") == "config-policy-controller") {
    input.sigstore.push_back(object);
  }
}

}  // namespace

absl::StatusOr<MigrateInput> LoadMigrateInput(const std::vector<std::string>& files) {
  MigrateInput input;
  for (const std::string& file : files) {
    CS_ASSIGN_OR_RETURN(const std::string text, base::LoadFile(file));
    CS_ASSIGN_OR_RETURN(auto documents, kube::ParseDocuments(file, text));
    for (kube::Document& document : documents) {
      CS_ASSIGN_OR_RETURN(const std::vector<kube::Document> objects,
                          kube::OpenList(file, std::move(document)));
      for (const kube::Document& object : objects) Sort(object.json, input);
    }
  }
  const int languages = !input.sign.empty() + !input.sigstore.empty() + !input.kyverno.empty();
  if (languages == 0) {
    return absl::InvalidArgumentError(
        "no policy of signing.apps.tanzu.vmware.com, policy.sigstore.dev or kyverno.io is in the "
        "files");
  }
  if (languages > 1) {
    return absl::InvalidArgumentError(
        "policies of several languages are in the files: move one at a time");
  }
  if (input.sign.size() > 1) {
    return absl::InvalidArgumentError(
        "more than one policy of signing.apps.tanzu.vmware.com is in the files: a cluster has one");
  }
  return input;
}

}  // namespace countersign::cli
