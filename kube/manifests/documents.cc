#include "kube/manifests/documents.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "kube/manifests/source_fault.h"
#include "kube/manifests/yaml_documents.h"

namespace countersign::kube {
namespace {

absl::StatusOr<Document> ParseJsonDocument(std::string_view name, std::string_view text) {
  // RFC 8259 section 8.1 has none before it.
  if (text.starts_with("\uFEFF")) {
    return SourceError(
        name, {.line = 1, .reason = "a byte order mark at the start: save the file without it"});
  }
  size_t bytes_read = 0;
  absl::StatusOr<base::Json> json = base::ParseJson(text, {}, &bytes_read);
  if (!json.ok()) {
    const size_t end = std::min(bytes_read, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + end, '\n');
    return SourceError(
        name, {.line = static_cast<int>(line), .reason = std::string(json.status().message())});
  }
  return Document{.json = *std::move(json), .lines = ReadJsonLines(text)};
}

}  // namespace

bool IsManifestName(std::string_view name) {
  return !name.starts_with('.') &&
         (name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json"));
}

absl::StatusOr<std::vector<Document>> ParseDocuments(std::string_view name,
                                                     const std::string& text) {
  if (!name.ends_with(".json")) return ParseYamlDocuments(name, text);
  absl::StatusOr<Document> document = ParseJsonDocument(name, text);
  if (!document.ok()) return document.status();
  std::vector<Document> documents;
  documents.push_back(*std::move(document));
  return documents;
}

}  // namespace countersign::kube
