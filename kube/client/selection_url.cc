#include "kube/client/selection_url.h"

#include "absl/strings/str_cat.h"
#include "base/percent_encoding.h"
#include "kube/client/object_store.h"

namespace countersign::kube {
namespace {

std::string CollectionUrl(const ObjectSelection& selection) {
  return ObjectPath{.group = selection.resource.group,
                    .version = selection.resource.version,
                    .object_namespace = selection.object_namespace,
                    .resource = selection.resource.plural}
      .CollectionUrl();
}

// The end of the query, with what it begins with.
std::string FieldSelector(const ObjectSelection& selection) {
  if (selection.name.empty()) return "";
  return absl::StrCat("&fieldSelector=",
                      base::PercentEncode(absl::StrCat("metadata.name=", selection.name)));
}

}  // namespace

std::string ListUrl(const ObjectSelection& selection, int limit, std::string_view next) {
  std::string url = absl::StrCat(CollectionUrl(selection), "?limit=", limit);
  if (!next.empty()) absl::StrAppend(&url, "&continue=", base::PercentEncode(next));
  return absl::StrCat(url, FieldSelector(selection));
}

std::string WatchUrl(const ObjectSelection& selection, std::string_view resource_version,
                     int64_t timeout_seconds) {
  return absl::StrCat(
      CollectionUrl(selection),
      "?watch=1&allowWatchBookmarks=true&resourceVersion=", base::PercentEncode(resource_version),
      "&timeoutSeconds=", timeout_seconds, FieldSelector(selection));
}

}  // namespace countersign::kube
