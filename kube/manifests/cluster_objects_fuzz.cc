#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "kube/manifests/cluster_objects.h"
#include "kube/manifests/documents.h"
#include "kube/object_selection.h"

// Every object that is taken has a name and can be located; adding the same file again is refused
// if it defined anything.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace countersign::kube;
  const ObjectSelection selection = {
      .resource = {.group = "signing.apps.tanzu.vmware.com", .kind = "ClusterImagePolicy"}};
  const std::vector<Resource> resources = {selection.resource};
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const char* file : {"fuzz.yaml", "fuzz.json"}) {
    const auto documents = ParseDocuments(file, text);
    if (!documents.ok()) continue;
    ClusterObjects objects;
    for (const Document& document : *documents) {
      if (!AddDocument(file, document, resources, objects).ok()) return 0;
    }
    for (const Object& object : SelectObjects(objects, selection)) {
      if (object.json.at("metadata").at("name").get<std::string>().empty()) std::abort();
      if (!object.locate(text).starts_with(file)) std::abort();
    }
    bool refused = objects.definitions.empty();
    for (const Document& document : *documents) {
      refused = !AddDocument(file, document, resources, objects).ok() || refused;
    }
    if (!refused) std::abort();
  }
  return 0;
}
