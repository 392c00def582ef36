#ifndef COUNTERSIGN_KUBE_MANIFESTS_DIRECTORY_CHANGES_H_
#define COUNTERSIGN_KUBE_MANIFESTS_DIRECTORY_CHANGES_H_

#include <atomic>
#include <string>

#include "absl/time/time.h"

namespace countersign::kube {

// Waits until something in a directory changes: a file in it is written, made, renamed or removed
// (not in its subdirectories; not what a symbolic link leads to). Where the file system or the
// system's limits do not let that be seen, Wait merely takes its time, so that its caller must look
// itself now and then.
//
// Wait is for one thread; Stop is for any.
class DirectoryChanges {
 public:
  enum class Event { kTimeout, kChange, kStop };

  // The directory need not exist; one that comes later under the same name is watched then.
  explicit DirectoryChanges(std::string directory);
  ~DirectoryChanges();
  DirectoryChanges(const DirectoryChanges&) = delete;
  DirectoryChanges& operator=(const DirectoryChanges&) = delete;

  // What comes first: a change since the last Wait that saw one, `timeout`, or a Stop (ever before,
  // too).
  Event Wait(absl::Duration timeout);

  // Ends the Wait in progress and all later ones.
  void Stop();

 private:
  // Follows the name to the directory that has it now. Whether that is another one than before.
  bool Follow();
  void TakeEvents();

  const std::string directory_;
  const int inotify_;  // a descriptor, or -1 if there is none to be had
  const int stop_;     // a descriptor that ends a Wait in progress, or -1
  std::atomic<bool> stopped_ = false;
  int watched_ = -1;  // what inotify calls the directory
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_MANIFESTS_DIRECTORY_CHANGES_H_
