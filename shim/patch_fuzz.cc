#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json.h"
#include "shim/patch.h"

namespace {

using countersign::base::Json;

// Whether exactly the annotations of `marks` are there under the prefix, and a second patch has
// nothing to do.
bool IsMarked(const Json& object, const countersign::shim::MarkText& marks) {
  size_t own = 0;
  for (const auto& [key, value] : object.at("metadata").at("annotations").items()) {
    own += key.starts_with(countersign::shim::kAnnotationPrefix);
  }
  const Json& annotations = object["metadata"]["annotations"];
  return own == 2 && annotations.at("countersign/status") == marks.status &&
         annotations.at("countersign/images") == marks.images &&
         countersign::shim::PatchAnnotations(object, marks).empty();
}

}  // namespace

// A patch applies to its object, and leaves the marks and nothing else under the prefix.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto object = countersign::base::ParseJson(text);
  if (!object.ok() || !object->is_object()) return 0;
  // Other shapes are refused before (see //shim:question).
  const Json* metadata = countersign::base::FindMember(*object, "metadata");
  if (metadata != nullptr && !metadata->is_object()) return 0;

  const countersign::shim::MarkText marks = {.status = "verified", .images = std::string(text)};
  const countersign::shim::Patch patch = countersign::shim::PatchAnnotations(*object, marks);
  const auto read = countersign::base::ParseJson(countersign::shim::WritePatch(patch));
  if (!patch.empty() && !read.ok()) std::abort();
  if (!IsMarked(patch.empty() ? *object : object->patch(*read), marks)) std::abort();
  return 0;
}
