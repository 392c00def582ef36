#ifndef COUNTERSIGN_TUF_TEST_ARCHIVE_H_
#define COUNTERSIGN_TUF_TEST_ARCHIVE_H_

#include <map>
#include <string>
#include <string_view>

namespace countersign::tuf {

// Archives made in memory, for tests only.

// One member of a tar archive (ustar): its header and its padded contents. A name of more than 100
// bytes is split at a '/'; ends the process where it cannot be.
std::string TestTarMember(std::string_view name, std::string_view contents, char type = '0');

// A whole archive of files, each below `folder`, without gzip and in it.
std::string WriteTestTar(const std::map<std::string, std::string>& files,
                         std::string_view folder = "repository/");
std::string WriteTestArchive(const std::map<std::string, std::string>& files,
                             std::string_view folder = "repository/");

}  // namespace countersign::tuf

#endif  // COUNTERSIGN_TUF_TEST_ARCHIVE_H_
