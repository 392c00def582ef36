#include "kube/object_store.h"

#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace countersign::kube {
namespace {

// One segment of a URL's path (RFC 3986 section 3.3): all but unreserved characters are encoded.
std::string EncodeSegment(std::string_view segment) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const unsigned char c : segment) {
    if (absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += static_cast<char>(c);
    } else {
      encoded += {'%', kHex[c >> 4], kHex[c & 15]};
    }
  }
  return encoded;
}

}  // namespace

std::string ObjectPath::CollectionUrl() const {
  std::string url = group.empty() ? "/api" : absl::StrCat("/apis/", EncodeSegment(group));
  absl::StrAppend(&url, "/", EncodeSegment(version));
  if (!object_namespace.empty()) {
    absl::StrAppend(&url, "/namespaces/", EncodeSegment(object_namespace));
  }
  absl::StrAppend(&url, "/", EncodeSegment(resource));
  return url;
}

std::string ObjectPath::Url() const {
  std::string url = absl::StrCat(CollectionUrl(), "/", EncodeSegment(name));
  if (!sub_resource.empty()) absl::StrAppend(&url, "/", EncodeSegment(sub_resource));
  return url;
}

std::string ObjectPath::Describe() const {
  std::string text = absl::StrCat(resource, " ");
  if (!object_namespace.empty()) absl::StrAppend(&text, object_namespace, "/");
  absl::StrAppend(&text, name);
  return text;
}

}  // namespace countersign::kube
