#ifndef COUNTERSIGN_TUF_ARCHIVE_H_
#define COUNTERSIGN_TUF_ARCHIVE_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace countersign::tuf {

// What an archive of a repository may hold when it is unpacked, and how many files.
inline constexpr size_t kMaxArchiveBytes = 6 << 20;
inline constexpr size_t kMaxArchiveFiles = 4096;
inline constexpr size_t kMaxArchiveNameBytes = 1024;

// The files of a repository by their path below its URL: "1.root.json", "targets/….json".
using Files = std::map<std::string, std::string, std::less<>>;

// A repository as one file: a tar archive (POSIX.1-1988 ustar, with the path of a pax header or a GNU
// long name) in gzip, as Sigstore's tools make it of a folder `repository`, whose name is left out of
// the paths. A file that comes twice is the later one. Folders and links are passed over; what an
// update wants and is not there is then missing.
//
// InvalidArgument, in words for a person, if it is malformed, cut off, or a path leads out of it;
// ResourceExhausted beyond the limits above. It quotes nothing of the archive. Pure.
absl::StatusOr<Files> ReadArchive(std::string_view tar_gz);

// The same of the archive without gzip.
absl::StatusOr<Files> ReadTar(std::string_view tar);

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_ARCHIVE_H_
