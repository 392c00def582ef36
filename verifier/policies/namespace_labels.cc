#include "verifier/policies/namespace_labels.h"

#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/json_place.h"
#include "base/log.h"
#include "base/printable.h"
#include "kube/metadata.h"
#include "verifier/policies/policy_resource.h"

namespace countersign::verifier {
namespace {

constexpr std::string_view kLogger = "namespaces";

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

// Each change of any namespace tells of all of them again.
void NamespaceLabels::TellNew(const Faults& faults) {
  absl::MutexLock lock(&mutex_);
  for (const auto& [name, fault] : faults) {
    const auto told = faults_.find(name);
    if (told != faults_.end() && told->second == fault) continue;
    // As of other objects that cannot be used: the command shows that, too.
    base::LogError(kLogger,
                   "The labels of a namespace cannot be read: what policies ask by namespaces' "
                   "labels is asked there as if they were not known.",
                   {{"namespace", name}, {"error", fault}});
  }
  faults_ = faults;
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
  Faults faults;
  for (const kube::Object& object : *objects) {
    const std::string name = kube::NameOf(object.json);
    absl::StatusOr<std::map<std::string, std::string>> labels = kube::ReadLabels(object.json);
    if (labels.ok()) {
      by_name.insert_or_assign(
          name, std::make_shared<const std::map<std::string, std::string>>(*std::move(labels)));
    } else {
      const std::optional<base::JsonFault> fault = base::FaultOf(labels.status());
      faults.emplace(
          name, absl::StrCat(object.locate(fault.has_value() ? fault->pointer : "/metadata/labels"),
                             ": ", base::Printable(labels.status().message())));
    }
  }
  TellNew(faults);
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
