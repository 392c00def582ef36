#include "tuf/test_archive.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/test_gzip.h"

namespace countersign::tuf {
namespace {

constexpr size_t kBlockBytes = 512;
constexpr size_t kNameBytes = 100;
constexpr size_t kPrefixAt = 345;

void Put(std::string& header, size_t at, std::string_view text) {
  header.replace(at, text.size(), text);
}

}  // namespace

std::string TestTarMember(std::string_view name, std::string_view contents, char type) {
  std::string header(kBlockBytes, '\0');
  if (name.size() > kNameBytes) {
    const size_t split = name.find('/', name.size() - kNameBytes - 1);
    if (split == std::string_view::npos) std::abort();
    Put(header, kPrefixAt, name.substr(0, split));
    name.remove_prefix(split + 1);
  }
  Put(header, 0, name);
  Put(header, 100, "0000644");
  Put(header, 124, absl::StrFormat("%011o", contents.size()));
  Put(header, 136, "00000000000");
  Put(header, 148, "        ");
  header[156] = type;
  Put(header, 257, std::string_view("ustar\00000", 8));
  uint64_t sum = 0;
  for (const char c : header) sum += static_cast<uint8_t>(c);
  Put(header, 148, absl::StrFormat("%06o", sum));
  header[154] = '\0';
  std::string padded(contents);
  padded.resize((contents.size() + kBlockBytes - 1) / kBlockBytes * kBlockBytes);
  return absl::StrCat(header, padded);
}

std::string WriteTestTar(const std::map<std::string, std::string>& files, std::string_view folder) {
  std::string tar;
  if (!folder.empty()) tar = TestTarMember(folder, "", '5');
  for (const auto& [path, bytes] : files) tar += TestTarMember(absl::StrCat(folder, path), bytes);
  return absl::StrCat(tar, std::string(2 * kBlockBytes, '\0'));
}

std::string WriteTestArchive(const std::map<std::string, std::string>& files,
                             std::string_view folder) {
  return base::EncodeTestGzip(WriteTestTar(files, folder));
}

}  // namespace countersign::tuf
