#include "verifier/policies/namespace_labels.h"

#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "kube/metadata.h"
#include "verifier/policies/policy_resource.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "namespaces";

// What is no label is passed over: an API server has none such, and files are their authors'.
LabelsPtr ReadLabels(const base::Json& object) {
  std::map<std::string, std::string> labels;
  const base::Json* const stored = kube::FindInMetadata(object, "labels");
  if (stored != nullptr && stored->is_object()) {
    for (const auto& [name, value] : stored->items()) {
      if (value.is_string()) labels.emplace(name, value.get<std::string>());
    }
  }
  return std::make_shared<const std::map<std::string, std::string>>(std::move(labels));
}

}  // namespace

NamespaceLabels::NamespaceLabels(kube::ObjectFeed* feed, std::function<void()> on_first)
    : on_first_(std::move(on_first)),
      watch_(feed->Watch(NamespaceSelection(),
                         [this](const kube::ListedObjects& objects) { Take(objects); })) {}

LabelsPtr NamespaceLabels::Find(std::string_view name) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

absl::Status NamespaceLabels::first_read() const {
  absl::ReaderMutexLock lock(&mutex_);
  if (has_been_read_ || !problem_.ok()) return has_been_read_ ? absl::OkStatus() : problem_;
  return absl::UnavailableError("the labels of namespaces have not been read yet");
}

absl::Status NamespaceLabels::problem() const {
  absl::ReaderMutexLock lock(&mutex_);
  return problem_;
}

size_t NamespaceLabels::count() const {
  absl::ReaderMutexLock lock(&mutex_);
  return by_name_.size();
}

void NamespaceLabels::Take(const kube::ListedObjects& objects) {
  if (!objects.ok()) {
    base::LogWarning(
        kLogger, "The labels of namespaces cannot be read; those read last stay, if there are any.",
        {{"error", std::string(objects.status().message())}});
    absl::MutexLock lock(&mutex_);
    problem_ = objects.status();
    return;
  }
  ByName by_name;
  for (const kube::Object& object : *objects) {
    by_name.insert_or_assign(kube::NameOf(object.json), ReadLabels(object.json));
  }
  bool is_first = false;
  {
    absl::MutexLock lock(&mutex_);
    by_name_.swap(by_name);
    problem_ = absl::OkStatus();
    is_first = !has_been_read_;
    has_been_read_ = true;
  }
  if (is_first && on_first_) on_first_();
}

}  // namespace countersign::verifier
