#include "kube/manifests/manifest_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "kube/manifests/documents.h"

namespace countersign::kube {
namespace {

int64_t Nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

absl::StatusOr<std::vector<std::string>> ListNames(DIR* directory) {
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = readdir(directory);
    if (entry == nullptr && errno != 0) return absl::ErrnoToStatus(errno, "reading the directory");
    if (entry == nullptr) return names;
    if (!IsManifestName(entry->d_name)) continue;
    if (names.size() == kMaxManifestFiles) {
      return absl::InvalidArgumentError(
          absl::StrCat("more than ", kMaxManifestFiles, " files of Kubernetes objects"));
    }
    names.push_back(entry->d_name);
  }
}

absl::StatusOr<FileMark> MarkFile(int directory, const std::string& name) {
  struct stat status;
  if (fstatat(directory, name.c_str(), &status, 0) != 0) {
    return absl::InvalidArgumentError(absl::ErrnoToStatus(errno, name).message());
  }
  if (!S_ISREG(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": is not a regular file"));
  }
  return FileMark{.name = name,
                  .device = status.st_dev,
                  .inode = status.st_ino,
                  .bytes = status.st_size,
                  .modified_ns = Nanoseconds(status.st_mtim),
                  .status_changed_ns = Nanoseconds(status.st_ctim)};
}

}  // namespace

absl::StatusOr<std::vector<FileMark>> ListManifests(const std::string& directory) {
  DIR* const open = opendir(directory.c_str());
  if (open == nullptr && errno == ENOTDIR) {
    return absl::FailedPreconditionError(
        absl::StrCat(directory, ": is no directory: name the one that holds the files"));
  }
  if (open == nullptr) return absl::ErrnoToStatus(errno, directory);
  const absl::Cleanup close = [open] { closedir(open); };

  CS_ASSIGN_OR_RETURN(std::vector<std::string> names, ListNames(open));
  std::sort(names.begin(), names.end());
  std::vector<FileMark> files;
  off_t bytes = 0;
  for (const std::string& name : names) {
    CS_ASSIGN_OR_RETURN(FileMark file, MarkFile(dirfd(open), name));
    bytes += file.bytes;
    if (bytes > kMaxManifestBytes) {
      return absl::InvalidArgumentError(absl::StrCat(name, ": with this file there are more than ",
                                                     kMaxManifestBytes, " bytes to read"));
    }
    files.push_back(std::move(file));
  }
  return files;
}

absl::StatusOr<ClusterObjects> LoadManifests(const std::string& directory,
                                             const std::vector<FileMark>& files,
                                             const std::vector<Resource>& resources) {
  ClusterObjects objects;
  for (const FileMark& file : files) {
    CS_ASSIGN_OR_RETURN(const std::string text,
                        base::LoadFile(absl::StrCat(directory, "/", file.name)));
    CS_ASSIGN_OR_RETURN(std::vector<Document> documents, ParseDocuments(file.name, text));
    for (Document& document : documents) {
      CS_RETURN_IF_ERROR(AddDocument(file.name, std::move(document), resources, objects));
    }
  }
  return objects;
}

}  // namespace countersign::kube
