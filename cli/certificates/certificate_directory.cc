#include "cli/certificates/certificate_directory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "crypto/sha256.h"
#include "kube/core_objects.h"
#include "kube/metadata.h"

namespace countersign::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCurrent = "..data";  // links to the folder with the files
constexpr std::string_view kAnnotations = ".annotations.json";
constexpr mode_t kForAll = 0644;
constexpr mode_t kForUser = 0600;

std::string In(std::string_view folder, std::string_view name) {
  return absl::StrCat(folder, "/", name);
}

// None of the codes that ObjectStore gives a meaning.
absl::Status SystemError(std::string_view what, int error) {
  return absl::InternalError(absl::StrCat(what, ": ", std::strerror(error)));
}
absl::Status LastError(std::string_view what) { return SystemError(what, errno); }

absl::Status MakeFolder(const std::string& path) {
  return mkdir(path.c_str(), 0755) == 0 || errno == EEXIST ? absl::OkStatus() : LastError(path);
}

absl::Status WriteFile(const std::string& path, std::string_view content, mode_t mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return LastError(path);
  absl::Cleanup close_fd = [fd] { close(fd); };
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return LastError(path);
    content.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(fd) == 0 ? absl::OkStatus() : LastError(path);
}

// Makes `link` point to `target`, whatever was there.
absl::Status Link(const std::string& target, const std::string& link) {
  const std::string next = absl::StrCat(link, ".new");
  unlink(next.c_str());
  if (symlink(target.c_str(), next.c_str()) != 0) return LastError(next);
  return rename(next.c_str(), link.c_str()) == 0 ? absl::OkStatus() : LastError(link);
}

// JSON for whatever names files have: those need be no UTF-8.
std::string WriteJson(const base::Json& json) {
  return json.dump(-1, ' ', false, base::Json::error_handler_t::replace);
}

// The entries' files, as readers see them.
absl::StatusOr<std::map<std::string, std::string>> ReadEntries(const std::string& folder) {
  std::map<std::string, std::string> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename();
    if (absl::StartsWith(name, ".") || !fs::exists(it->path(), error)) continue;
    CS_ASSIGN_OR_RETURN(entries[name], base::LoadFile(it->path()));
  }
  if (error) return SystemError(folder, error.value());
  return entries;
}

base::Json ReadAnnotations(const std::string& folder) {
  const absl::StatusOr<std::string> text = base::LoadFile(In(In(folder, kCurrent), kAnnotations));
  if (!text.ok()) return base::Json::object();
  absl::StatusOr<base::Json> annotations = base::ParseJson(*text);
  return annotations.ok() && annotations->is_object() ? *std::move(annotations)
                                                      : base::Json::object();
}

// Of what is to be in a Secret, the files.
struct Files {
  std::map<std::string, std::string> entries;
  std::string annotations = "{}";
};

absl::StatusOr<Files> FilesOf(const base::Json& object) {
  CS_ASSIGN_OR_RETURN(const kube::Secret secret, kube::ReadSecret(object));
  Files files;
  for (const auto& [name, value] : secret.data) files.entries[name] = value;
  const base::Json* const annotations = kube::FindAnnotations(object);
  if (annotations != nullptr) files.annotations = WriteJson(*annotations);
  return files;
}

// Writes them into a new folder below `folder`; its name.
absl::StatusOr<std::string> WriteVersion(const std::string& folder, const Files& files) {
  std::string version = In(folder, "..version-XXXXXX");
  if (mkdtemp(version.data()) == nullptr) return LastError(version);
  if (chmod(version.c_str(), 0755) != 0) return LastError(version);
  for (const auto& [name, value] : files.entries) {
    const mode_t mode = absl::EndsWith(name, ".key") ? kForUser : kForAll;
    CS_RETURN_IF_ERROR(WriteFile(In(version, name), value, mode));
  }
  CS_RETURN_IF_ERROR(WriteFile(In(version, kAnnotations), files.annotations, kForUser));
  return fs::path(version).filename().string();
}

// Removes the links to files that there are no more, and all folders but the current one.
void RemoveWhatIsOld(const std::string& folder, const Files& files, const std::string& version) {
  std::error_code ignored;
  std::vector<fs::path> old;
  for (fs::directory_iterator it(folder, ignored), end; !ignored && it != end;
       it.increment(ignored)) {
    const std::string name = it->path().filename();
    const bool is_old = absl::StartsWith(name, "..version-")
                            ? name != version
                            : !absl::StartsWith(name, ".") && !files.entries.contains(name);
    if (is_old) old.push_back(it->path());
  }
  for (const fs::path& path : old) fs::remove_all(path, ignored);
}

// A reader sees the files of before or the new ones: entries that are new, or were plain files of
// somebody else, are links that lead nowhere until the last step.
absl::Status WriteFolder(const std::string& folder, const Files& files) {
  CS_RETURN_IF_ERROR(MakeFolder(folder));
  CS_ASSIGN_OR_RETURN(const std::string version, WriteVersion(folder, files));
  for (const auto& [name, value] : files.entries) {
    CS_RETURN_IF_ERROR(Link(In(kCurrent, name), In(folder, name)));
  }
  CS_RETURN_IF_ERROR(Link(version, In(folder, kCurrent)));
  RemoveWhatIsOld(folder, files, version);
  return absl::OkStatus();
}

// Held while it is looked whether a Secret is as it was, and written: by one process at a time.
class Lock {
 public:
  static absl::StatusOr<Lock> Take(const std::string& directory) {
    const std::string file = In(directory, ".lock");
    const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kForUser);
    if (fd < 0) return LastError(file);
    Lock lock(fd);
    while (flock(fd, LOCK_EX) != 0) {
      if (errno != EINTR) return LastError(file);
    }
    return lock;
  }
  Lock(Lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Lock& operator=(Lock&&) = delete;
  ~Lock() {
    if (fd_ >= 0) close(fd_);
  }

 private:
  explicit Lock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<CertificateDirectory>> CertificateDirectory::Open(
    const std::string& directory) {
  CS_RETURN_IF_ERROR(MakeFolder(directory));
  return std::unique_ptr<CertificateDirectory>(new CertificateDirectory(directory));
}

std::string CertificateDirectory::FolderOf(const kube::ObjectPath& path) const {
  return In(directory_, path.name);
}

absl::StatusOr<base::Json> CertificateDirectory::Get(const kube::ObjectPath& path, absl::Time) {
  const std::string folder = FolderOf(path);
  std::error_code error;
  if (path.resource != "secrets" || !fs::is_directory(folder, error)) {
    // Of what is there, and cannot be looked at, nobody knows that it is absent.
    const bool is_unknown = error && error != std::errc::no_such_file_or_directory &&
                            error != std::errc::not_a_directory;
    if (is_unknown) return SystemError(folder, error.value());
    return absl::NotFoundError(absl::StrCat(folder, ": there is no such folder"));
  }
  std::map<std::string, std::string> entries;
  CS_ASSIGN_OR_RETURN(entries, ReadEntries(folder));
  base::Json data = base::Json::object();
  for (const auto& [name, value] : entries) data[name] = absl::Base64Escape(value);
  base::Json object = {{"metadata", {{"annotations", ReadAnnotations(folder)}}},
                       {"data", std::move(data)}};
  object["metadata"]["resourceVersion"] = crypto::Sha256Hex(WriteJson(object));
  return object;
}

absl::StatusOr<base::Json> CertificateDirectory::Write(const kube::ObjectPath& path,
                                                       const base::Json& object) {
  CS_ASSIGN_OR_RETURN(const Files files, FilesOf(object));
  CS_RETURN_IF_ERROR(WriteFolder(FolderOf(path), files));
  return Get(path, absl::InfiniteFuture());
}

absl::StatusOr<base::Json> CertificateDirectory::Create(const kube::ObjectPath& path,
                                                        const base::Json& object,
                                                        absl::Time deadline) {
  CS_ASSIGN_OR_RETURN(const Lock lock, Lock::Take(directory_));
  const absl::StatusOr<base::Json> there = Get(path, deadline);
  if (there.ok()) return absl::AlreadyExistsError(absl::StrCat(FolderOf(path), ": is there"));
  if (!absl::IsNotFound(there.status())) return there.status();
  return Write(path, object);
}

absl::StatusOr<base::Json> CertificateDirectory::Replace(const kube::ObjectPath& path,
                                                         const base::Json& object,
                                                         absl::Time deadline) {
  CS_ASSIGN_OR_RETURN(const Lock lock, Lock::Take(directory_));
  CS_ASSIGN_OR_RETURN(const base::Json there, Get(path, deadline));
  if (kube::ResourceVersionOf(there) != kube::ResourceVersionOf(object)) {
    return absl::AbortedError(absl::StrCat(FolderOf(path), ": was changed by somebody else"));
  }
  return Write(path, object);
}

}  // namespace countersign::cli
