#include "cli/certificates/certificate_secret.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kube/core_objects.h"
#include "kube/metadata.h"

namespace countersign::cli {
namespace {

constexpr std::string_view kCertManagerPrefix = "cert-manager.io/";
// Where Helm once installed a Secret of this name, and finds that it is not its own any more, it
// would delete it otherwise.
constexpr std::string_view kHelmPolicyAnnotation = "helm.sh/resource-policy";

}  // namespace

CertificateSecret::CertificateSecret(kube::ObjectPath path, base::Json object)
    : path_(std::move(path)), object_(std::move(object)), exists_(object_.is_object()) {
  if (!exists_) return;
  const absl::StatusOr<kube::Secret> read = kube::ReadSecret(object_);
  if (!read.ok()) return;
  for (const auto& [key, value] : read->data) entries_[key] = value;
}

absl::Status CertificateSecret::CheckMayBeWritten(bool take_over) const {
  if (!exists_) return absl::OkStatus();
  const base::Json* const annotations = kube::FindAnnotations(object_);
  if (annotations != nullptr) {
    for (const auto& [key, value] : annotations->items()) {
      if (!absl::StartsWith(key, kCertManagerPrefix)) continue;
      return absl::FailedPreconditionError(
          absl::StrCat(path_.Describe(), ": is looked after by cert-manager (annotation ", key,
                       "); either let cert-manager make all certificates and do not run this "
                       "command, or delete cert-manager's Certificate and this Secret, and "
                       "install it anew, empty"));
    }
  }
  const bool is_empty = std::all_of(entries_.begin(), entries_.end(),
                                    [](const auto& entry) { return entry.second.empty(); });
  if (is_empty || take_over || Annotation(kMadeByAnnotation) == kMadeByCertificates) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      path_.Describe(), ": was not made by this command (it has no annotation ", kMadeByAnnotation,
      "=", kMadeByCertificates, "); empty it, or say --take-over to have what is in it replaced"));
}

std::string CertificateSecret::Entry(std::string_view key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? "" : found->second;
}

std::string CertificateSecret::Annotation(std::string_view key) const {
  const base::Json* const annotations = kube::FindAnnotations(object_);
  return annotations == nullptr ? "" : base::FindString(*annotations, key);
}

void CertificateSecret::SetEntry(std::string_view key, std::string_view value) {
  if (Entry(key) == value) return;
  is_changed_ = true;
  if (value.empty()) {
    entries_.erase(entries_.find(key));
  } else {
    entries_[std::string(key)] = std::string(value);
  }
}

void CertificateSecret::SetAnnotation(std::string_view key, std::string_view value) {
  if (Annotation(key) == value) return;
  is_changed_ = true;
  base::Json& annotations = object_["metadata"]["annotations"];
  if (value.empty()) {
    annotations.erase(std::string(key));
  } else {
    annotations[std::string(key)] = std::string(value);
  }
}

base::Json CertificateSecret::Write(std::string_view type) const {
  base::Json object = object_;
  object["apiVersion"] = "v1";
  object["kind"] = "Secret";
  object["metadata"]["name"] = path_.name;
  object["metadata"]["namespace"] = path_.object_namespace;
  object["metadata"]["annotations"][std::string(kMadeByAnnotation)] =
      std::string(kMadeByCertificates);
  if (!exists_) {
    object["type"] = std::string(type);
    object["metadata"]["annotations"][std::string(kHelmPolicyAnnotation)] = "keep";
  }
  base::Json data = base::Json::object();
  for (const auto& [key, value] : entries_) data[key] = absl::Base64Escape(value);
  object["data"] = std::move(data);
  object.erase("stringData");
  return object;
}

}  // namespace countersign::cli
