#include "http/test_authority.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace countersign::http {
namespace {

constexpr std::string_view kNewKey = " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -batch ";

std::string MakeDirectory() {
  std::string path = absl::StrCat(testing::TempDir(), "/certificates.XXXXXX");
  if (mkdtemp(path.data()) == nullptr) {
    std::cerr << "TestAuthority: cannot make a directory\n";
    std::abort();
  }
  return path;
}

}  // namespace

TestAuthority::TestAuthority() : directory_(MakeDirectory()) {
  ca_ = {absl::StrCat(directory_, "/ca.pem"), absl::StrCat(directory_, "/ca.key")};
  Run(absl::StrCat("req -x509", kNewKey, "-keyout ca.key -out ca.pem -days 1 -subj '/CN=Test CA'"));
}

std::string TestAuthority::CaPem() const {
  std::ifstream file(ca_.cert_file);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

TestAuthority::KeyPair TestAuthority::Issue(std::string_view names, int days) {
  const std::string name = absl::StrCat("leaf", ++issued_);
  std::ofstream(absl::StrCat(directory_, "/", name, ".ext")) << "subjectAltName=" << names << "\n";
  Run(absl::StrCat("req -new", kNewKey, "-keyout ", name, ".key -out ", name,
                   ".csr -subj /CN=test"));
  Run(absl::StrCat("x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -in ", name, ".csr -out ",
                   name, ".pem -extfile ", name, ".ext -days ", days));
  return {absl::StrCat(directory_, "/", name, ".pem"), absl::StrCat(directory_, "/", name, ".key")};
}

void TestAuthority::Run(std::string_view command) const {
  const std::string log = absl::StrCat(directory_, "/log");
  const std::string line =
      absl::StrCat("cd '", directory_, "' && openssl ", command, " >log 2>&1 </dev/null");
  if (std::system(line.c_str()) == 0) return;
  std::cerr << line << "\n" << std::ifstream(log).rdbuf();
  std::abort();
}

}  // namespace countersign::http
