#ifndef COUNTERSIGN_TUF_CLIENT_STATE_DIRECTORY_H_
#define COUNTERSIGN_TUF_CLIENT_STATE_DIRECTORY_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tuf/update.h"

namespace countersign::tuf {

// Keeps a trusted state in files of one directory: root.json, timestamp.json, snapshot.json,
// targets.json, and the target as trusted_root.json. Each changes in one step: a reader has
// what was there before or what is there now, also if the machine goes down. While one is open
// nobody else has it open. Not thread-safe.
class StateDirectory {
 public:
  // Makes the directory if it is not there, but not its parents. Unavailable if an update of somebody
  // else has it; else Internal. Errors name the path and what the system says.
  static absl::StatusOr<StateDirectory> Open(const std::string& directory);
  ~StateDirectory();
  StateDirectory(StateDirectory&& other) noexcept;
  StateDirectory& operator=(StateDirectory&&) = delete;

  // What is there. Without a root.json nothing else counts, and the root is "". Errors are those of
  // files that are there and cannot be read.
  absl::StatusOr<TrustedState> Load() const;

  absl::Status Keep(const Change& change) const;
  absl::Status KeepTarget(std::string_view bytes) const;

  std::string TargetPath() const;

 private:
  StateDirectory(std::string directory, int lock) : directory_(std::move(directory)), lock_(lock) {}

  std::string PathOf(StateFile file) const;
  absl::Status Write(const std::string& path, std::string_view bytes) const;

  std::string directory_;
  // Of the directory, open and locked; -1 once it is somebody else's.
  int lock_;
};

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_CLIENT_STATE_DIRECTORY_H_
