#include "http/test_mounted_secret.h"

#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"

namespace countersign::http {
namespace {

constexpr std::string_view kCurrent = "..data";

std::string NameOf(int version) { return absl::StrCat("..", version); }

}  // namespace

TestMountedSecret::TestMountedSecret(std::filesystem::path directory)
    : directory_(std::move(directory)) {
  std::filesystem::create_directories(directory_);
  for (const char* file : {"tls.crt", "tls.key", "ca.crt"}) {
    std::filesystem::create_symlink(std::filesystem::path(kCurrent) / file, directory_ / file);
  }
}

void TestMountedSecret::Write(std::string_view cert, std::string_view key, std::string_view ca) {
  const std::string name = NameOf(++version_);
  std::filesystem::create_directory(directory_ / name);
  std::ofstream(directory_ / name / "tls.crt") << cert;
  std::ofstream(directory_ / name / "tls.key") << key;
  std::ofstream(directory_ / name / "ca.crt") << ca;
  std::filesystem::create_directory_symlink(name, directory_ / "..tmp");
  std::filesystem::rename(directory_ / "..tmp", directory_ / kCurrent);
  if (version_ > 1) std::filesystem::remove_all(directory_ / NameOf(version_ - 1));
}

std::string TestMountedSecret::File(std::string_view name) const { return directory_ / name; }

}  // namespace countersign::http
