#include "kube/client/fake_object_store.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/status_macros.h"
#include "kube/metadata.h"

namespace countersign::kube {
namespace {

std::string ObjectUrl(ObjectPath path) {
  path.sub_resource.clear();
  return path.Url();
}

}  // namespace

void FakeObjectStore::SetHook(Hook hook) {
  absl::MutexLock lock(&mutex_);
  hook_ = std::move(hook);
}

int FakeObjectStore::writes() const {
  absl::MutexLock lock(&mutex_);
  return writes_;
}

absl::Status FakeObjectStore::Begin(std::string_view method, const ObjectPath& path,
                                    absl::Time deadline) {
  if (base::HasPassed(deadline)) {
    return absl::DeadlineExceededError(absl::StrCat(path.Describe(), ": no answer in time"));
  }
  Hook hook;
  {
    absl::MutexLock lock(&mutex_);
    hook = hook_;
  }
  return hook ? hook(method, path) : absl::OkStatus();
}

base::Json& FakeObjectStore::Store(const std::string& url, base::Json object) {
  object["metadata"]["resourceVersion"] = absl::StrCat(++writes_);
  return objects_[url] = std::move(object);
}

absl::StatusOr<base::Json> FakeObjectStore::Get(const ObjectPath& path, absl::Time deadline) {
  CS_RETURN_IF_ERROR(Begin("GET", path, deadline));
  absl::MutexLock lock(&mutex_);
  const auto found = objects_.find(ObjectUrl(path));
  if (found == objects_.end())
    return absl::NotFoundError(absl::StrCat(path.Describe(), ": not found"));
  return found->second;
}

absl::StatusOr<base::Json> FakeObjectStore::Create(const ObjectPath& path, const base::Json& object,
                                                   absl::Time deadline) {
  CS_RETURN_IF_ERROR(Begin("POST", path, deadline));
  absl::MutexLock lock(&mutex_);
  const std::string url = ObjectUrl(path);
  if (objects_.contains(url))
    return absl::AlreadyExistsError(absl::StrCat(path.Describe(), ": already exists"));
  return Store(url, object);
}

absl::StatusOr<base::Json> FakeObjectStore::Replace(const ObjectPath& path,
                                                    const base::Json& object, absl::Time deadline) {
  CS_RETURN_IF_ERROR(Begin("PUT", path, deadline));
  absl::MutexLock lock(&mutex_);
  const std::string url = ObjectUrl(path);
  const auto found = objects_.find(url);
  if (found == objects_.end())
    return absl::NotFoundError(absl::StrCat(path.Describe(), ": not found"));
  if (ResourceVersionOf(object) != ResourceVersionOf(found->second)) {
    return absl::AbortedError(absl::StrCat(path.Describe(), ": the object has been modified"));
  }
  base::Json replaced = path.sub_resource == "status" ? found->second : object;
  const base::Json& status_source = path.sub_resource == "status" ? object : found->second;
  if (const base::Json* status = base::FindMember(status_source, "status"); status != nullptr) {
    replaced["status"] = *status;
  }
  return Store(url, std::move(replaced));
}

}  // namespace countersign::kube
