#include "tuf/client/state_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "tuf/metadata.h"

namespace countersign::tuf {
namespace {

absl::Status LastError(std::string_view what) {
  return absl::InternalError(absl::StrCat(what, ": ", std::strerror(errno)));
}

absl::Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return LastError(path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(fd) == 0 ? absl::OkStatus() : LastError(path);
}

absl::StatusOr<std::string> LoadIfThere(const std::string& path, size_t max_bytes) {
  absl::StatusOr<std::string> bytes = base::LoadFile(path, max_bytes);
  if (absl::IsNotFound(bytes.status())) return "";
  return bytes;
}

}  // namespace

absl::StatusOr<StateDirectory> StateDirectory::Open(const std::string& directory) {
  if (mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) return LastError(directory);
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return LastError(directory);
  StateDirectory opened(directory, fd);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return opened;
  if (errno == EWOULDBLOCK) {
    return absl::UnavailableError(absl::StrCat(directory, ": another update is under way"));
  }
  return LastError(directory);
}

StateDirectory::~StateDirectory() {
  if (lock_ >= 0) close(lock_);
}

StateDirectory::StateDirectory(StateDirectory&& other) noexcept
    : directory_(std::move(other.directory_)), lock_(std::exchange(other.lock_, -1)) {}

std::string StateDirectory::TargetPath() const {
  return absl::StrCat(directory_, "/trusted_root.json");
}

std::string StateDirectory::PathOf(StateFile file) const {
  const auto named = [this](std::string_view name) { return absl::StrCat(directory_, "/", name); };
  switch (file) {
    case StateFile::kRoot:
      return named("root.json");
    case StateFile::kTimestamp:
      return named("timestamp.json");
    case StateFile::kSnapshot:
      return named("snapshot.json");
    case StateFile::kTargets:
      break;
  }
  return named("targets.json");
}

absl::StatusOr<TrustedState> StateDirectory::Load() const {
  TrustedState state;
  CS_ASSIGN_OR_RETURN(state.root, LoadIfThere(PathOf(StateFile::kRoot), kMaxRootBytes));
  if (state.root.empty()) return state;
  CS_ASSIGN_OR_RETURN(state.timestamp,
                      LoadIfThere(PathOf(StateFile::kTimestamp), kMaxTimestampBytes));
  CS_ASSIGN_OR_RETURN(state.snapshot, LoadIfThere(PathOf(StateFile::kSnapshot), kMaxSnapshotBytes));
  CS_ASSIGN_OR_RETURN(state.targets, LoadIfThere(PathOf(StateFile::kTargets), kMaxTargetsBytes));
  CS_ASSIGN_OR_RETURN(state.target, LoadIfThere(TargetPath(), kMaxTargetBytes));
  return state;
}

absl::Status StateDirectory::Write(const std::string& path, std::string_view bytes) const {
  const std::string next = absl::StrCat(path, ".new");
  // Left behind by an update that was killed, or a link or pipe that somebody put there.
  if (unlink(next.c_str()) != 0 && errno != ENOENT) return LastError(next);
  const int fd = open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return LastError(next);
  const absl::Status status = WriteAll(fd, bytes, next);
  if (close(fd) != 0 && status.ok()) return LastError(next);
  CS_RETURN_IF_ERROR(status);
  if (std::rename(next.c_str(), path.c_str()) != 0) return LastError(path);
  return fsync(lock_) == 0 ? absl::OkStatus() : LastError(directory_);
}

absl::Status StateDirectory::Keep(const Change& change) const {
  const std::string path = PathOf(change.file);
  if (!change.bytes.empty()) return Write(path, change.bytes);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return LastError(path);
  return fsync(lock_) == 0 ? absl::OkStatus() : LastError(directory_);
}

absl::Status StateDirectory::KeepTarget(std::string_view bytes) const {
  return Write(TargetPath(), bytes);
}

}  // namespace countersign::tuf
