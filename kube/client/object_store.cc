#include "kube/client/object_store.h"

#include "absl/strings/str_cat.h"
#include "base/percent_encoding.h"

namespace countersign::kube {
std::string ObjectPath::CollectionUrl() const {
  std::string url = group.empty() ? "/api" : absl::StrCat("/apis/", base::PercentEncode(group));
  absl::StrAppend(&url, "/", base::PercentEncode(version));
  if (!object_namespace.empty()) {
    absl::StrAppend(&url, "/namespaces/", base::PercentEncode(object_namespace));
  }
  absl::StrAppend(&url, "/", base::PercentEncode(resource));
  return url;
}

std::string ObjectPath::Url() const {
  std::string url = absl::StrCat(CollectionUrl(), "/", base::PercentEncode(name));
  if (!sub_resource.empty()) absl::StrAppend(&url, "/", base::PercentEncode(sub_resource));
  return url;
}

std::string ObjectPath::Describe() const {
  std::string text = absl::StrCat(resource, " ");
  if (!object_namespace.empty()) absl::StrAppend(&text, object_namespace, "/");
  absl::StrAppend(&text, name);
  return text;
}

}  // namespace countersign::kube
