#ifndef COUNTERSIGN_HTTP_TEST_MOUNTED_SECRET_H_
#define COUNTERSIGN_HTTP_TEST_MOUNTED_SECRET_H_

#include <filesystem>
#include <string>
#include <string_view>

namespace countersign::http {

// The files tls.crt, tls.key and ca.crt as the kubelet mounts a Secret, for tests: links into a
// directory that is itself behind a link, and that link is what is replaced, so that they change at
// the same moment.
class TestMountedSecret {
 public:
  // In a new directory, where no file is there before the first Write.
  explicit TestMountedSecret(std::filesystem::path directory);

  // What was there before is gone then.
  void Write(std::string_view cert, std::string_view key, std::string_view ca);

  // Where the file with this name is.
  std::string File(std::string_view name) const;

 private:
  const std::filesystem::path directory_;
  int version_ = 0;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_TEST_MOUNTED_SECRET_H_
