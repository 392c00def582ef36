#include "kube/manifests/manifest_directory.h"

#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "kube/manifests/cluster_objects.h"
#include "kube/manifests/directory_changes.h"
#include "kube/manifests/manifest_files.h"
#include "kube/object_watches.h"

namespace countersign::kube {
namespace {

constexpr std::string_view kLogger = "objects";
constexpr absl::Duration kLookInterval = absl::Milliseconds(500);
// How long after a change nothing more must have changed, and the longest wait for that.
constexpr absl::Duration kQuiet = absl::Milliseconds(100);
constexpr absl::Duration kLongestUnrest = absl::Milliseconds(300);
// How long a state must last that may be a file being rewritten, and how often it is looked at.
constexpr absl::Duration kDoubt = absl::Milliseconds(300);
constexpr absl::Duration kRetryInterval = absl::Milliseconds(50);

struct Loaded {
  absl::StatusOr<std::vector<FileMark>> files;
  absl::StatusOr<ClusterObjects> objects;
};

Loaded Load(const std::string& directory, const std::vector<Resource>& resources) {
  absl::StatusOr<std::vector<FileMark>> files = ListManifests(directory);
  if (!files.ok()) return {files, files.status()};
  absl::StatusOr<ClusterObjects> objects = LoadManifests(directory, *files, resources);
  return {std::move(files), std::move(objects)};
}

// A selection, and who watches it.
struct WatchedSelection {
  WatchedSelection(const ObjectSelection& selected, const absl::StatusOr<ClusterObjects>& objects)
      : selection(selected),
        watches(objects.ok() ? ListedObjects(SelectObjects(*objects, selected))
                             : ListedObjects(objects.status())) {}

  const ObjectSelection selection;
  ObjectWatches watches;
};

std::vector<WatchedSelection> FollowAll(const std::vector<ObjectSelection>& selections,
                                        const absl::StatusOr<ClusterObjects>& objects) {
  std::vector<WatchedSelection> followed;
  for (const ObjectSelection& selection : selections) followed.emplace_back(selection, objects);
  return followed;
}

std::vector<Resource> ResourcesOf(const std::vector<ObjectSelection>& selections) {
  std::vector<Resource> resources;
  for (const ObjectSelection& selection : selections) resources.push_back(selection.resource);
  return resources;
}

template <typename T>
absl::StatusOr<T> Find(const std::map<std::string, absl::StatusOr<T>, std::less<>>& objects,
                       std::string_view kind, const std::string& name) {
  const auto found = objects.find(name);
  if (found == objects.end()) {
    return absl::NotFoundError(absl::StrCat("there is no ", kind, " ", base::Printable(name)));
  }
  return found->second;
}

}  // namespace

class ManifestDirectory::State {
 public:
  State(std::string directory, const std::vector<ObjectSelection>& selections,
        const base::Clock* clock, Loaded first)
      : clock_(clock),
        directory_(std::move(directory)),
        resources_(ResourcesOf(selections)),
        files_(std::move(first.files)),
        error_(first.objects.status()),
        followed_(FollowAll(selections, first.objects)),
        changes_(directory_) {
    if (first.objects.ok()) {
      objects_ = std::make_shared<const ClusterObjects>(*std::move(first.objects));
      LogFaults(*objects_, nullptr);
    } else {
      LogRefusal(first.objects.status(), "so none are in force");
    }
    thread_ = std::thread([this] { Follow(); });
  }

  ~State() {
    changes_.Stop();
    thread_.join();
  }

  absl::StatusOr<std::shared_ptr<const ClusterObjects>> Objects() const {
    absl::MutexLock lock(&mutex_);
    if (objects_ != nullptr) return objects_;
    return absl::FailedPreconditionError(error_.message());
  }

  // Null: what is selected cannot be watched here.
  ObjectWatches* FindWatches(const ObjectSelection& selection) {
    for (WatchedSelection& followed : followed_) {
      if (followed.selection == selection) return &followed.watches;
    }
    return nullptr;
  }

 private:
  using Event = DirectoryChanges::Event;

  // What thread_ does.
  void Follow() {
    while (true) {
      switch (changes_.Wait(kLookInterval)) {
        case Event::kStop:
          return;
        case Event::kChange:
          AwaitQuiet();
          Reload();
          break;
        case Event::kTimeout:
          if (!IsUnchanged()) Reload();
      }
    }
  }

  void AwaitQuiet() {
    const absl::Time latest = clock_->Now() + kLongestUnrest;
    while (clock_->Now() < latest && changes_.Wait(kQuiet) == Event::kChange) {
    }
  }

  bool IsUnchanged() const {
    const absl::StatusOr<std::vector<FileMark>> files = ListManifests(directory_);
    return files.ok() && files_.ok() ? *files == *files_ : files.status() == files_.status();
  }

  void Reload() {
    const absl::Time believed_from = clock_->Now() + kDoubt;
    Loaded loaded = Load(directory_, resources_);
    while (IsDoubtful(loaded.objects) && clock_->Now() < believed_from) {
      if (changes_.Wait(kRetryInterval) == Event::kStop) return;
      loaded = Load(directory_, resources_);
    }
    files_ = std::move(loaded.files);
    Take(std::move(loaded.objects));
  }

  bool IsDoubtful(const absl::StatusOr<ClusterObjects>& objects) const {
    if (!objects.ok()) return true;
    absl::MutexLock lock(&mutex_);
    return objects_ != nullptr && objects->entries.size() < objects_->entries.size();
  }

  // Puts a state in force, or keeps the one that is, and says so if that is news.
  void Take(absl::StatusOr<ClusterObjects> loaded) {
    if (!loaded.ok()) return Refuse(loaded.status());
    const auto objects = std::make_shared<const ClusterObjects>(*std::move(loaded));
    std::shared_ptr<const ClusterObjects> before;
    absl::Status error_before;
    {
      absl::MutexLock lock(&mutex_);
      before = std::exchange(objects_, objects);
      error_before = std::exchange(error_, absl::OkStatus());
    }
    LogFaults(*objects, before.get());
    for (WatchedSelection& followed : followed_) {
      const ObjectSelection& selection = followed.selection;
      if (error_before.ok() && HaveTheSame(*objects, *before, selection)) continue;
      base::LogInfo(kLogger, absl::StrCat("The ", selection.spoken, " have changed."),
                    {{"object", directory_}});
      followed.watches.Publish(SelectObjects(*objects, selection));
    }
  }

  void Refuse(const absl::Status& error) {
    {
      absl::MutexLock lock(&mutex_);
      if (error_ == error) return;
      error_ = error;
    }
    LogRefusal(error, "so those read last stay in force");
    for (WatchedSelection& followed : followed_) followed.watches.Publish(error);
  }

  void LogRefusal(const absl::Status& why, std::string_view consequence) const {
    base::LogError(kLogger, absl::StrCat("The objects cannot be read, ", consequence, "."),
                   {{"object", directory_}, {"error", std::string(why.message())}});
  }

  // Those that `before` did not have.
  void LogFaults(const ClusterObjects& objects, const ClusterObjects* before) const {
    const std::vector<std::string> faults = ListFaults(objects);
    if (before != nullptr && ListFaults(*before) == faults) return;
    for (const std::string& fault : faults) {
      base::LogError(kLogger, "An object cannot be used.",
                     {{"object", directory_}, {"error", fault}});
    }
  }

  const base::Clock* const clock_;
  const std::string directory_;
  const std::vector<Resource> resources_;
  absl::StatusOr<std::vector<FileMark>> files_;  // as last loaded; thread_'s

  mutable absl::Mutex mutex_;
  // The last good state; null if there never was one.
  std::shared_ptr<const ClusterObjects> objects_ ABSL_GUARDED_BY(mutex_);
  // Why the directory's present state is not in force; OK if it is.
  absl::Status error_ ABSL_GUARDED_BY(mutex_);

  std::vector<WatchedSelection> followed_;  // as many as at the start
  DirectoryChanges changes_;
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<ManifestDirectory>> ManifestDirectory::Open(
    std::string directory, const std::vector<ObjectSelection>& selections,
    const base::Clock* clock) {
  for (const ObjectSelection& selection : selections) {
    CS_RETURN_IF_ERROR(CheckSelection(selection));
  }
  Loaded first = Load(directory, ResourcesOf(selections));
  if (absl::IsNotFound(first.files.status())) {
    return base::Annotate("the directory of objects", first.files.status());
  }
  auto state = std::make_unique<State>(std::move(directory), selections, clock, std::move(first));
  return std::unique_ptr<ManifestDirectory>(new ManifestDirectory(std::move(state)));
}

ManifestDirectory::ManifestDirectory(std::unique_ptr<State> state) : state_(std::move(state)) {}
ManifestDirectory::~ManifestDirectory() = default;

absl::StatusOr<Secret> ManifestDirectory::FetchSecret(std::string_view secret_namespace,
                                                      std::string_view name, absl::Time) {
  CS_ASSIGN_OR_RETURN(const std::shared_ptr<const ClusterObjects> objects, state_->Objects());
  return Find(objects->secrets, "Secret", absl::StrCat(secret_namespace, "/", name));
}

absl::StatusOr<ServiceAccount> ManifestDirectory::FetchServiceAccount(
    std::string_view account_namespace, std::string_view name, absl::Time) {
  CS_ASSIGN_OR_RETURN(const std::shared_ptr<const ClusterObjects> objects, state_->Objects());
  return Find(objects->service_accounts, "ServiceAccount",
              absl::StrCat(account_namespace, "/", name));
}

std::unique_ptr<ObjectWatch> ManifestDirectory::Watch(const ObjectSelection& selection,
                                                      ObjectsCallback on_change) {
  ObjectWatches* const watches = state_->FindWatches(selection);
  if (watches != nullptr) return watches->Add(std::move(on_change));
  on_change(absl::InvalidArgumentError(
      absl::StrCat("nobody said that the ", selection.spoken, " would be watched")));
  return std::make_unique<ObjectWatch>();
}

}  // namespace countersign::kube
