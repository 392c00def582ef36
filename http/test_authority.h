#ifndef COUNTERSIGN_HTTP_TEST_AUTHORITY_H_
#define COUNTERSIGN_HTTP_TEST_AUTHORITY_H_

#include <string>
#include <string_view>

namespace countersign::http {

// A certificate authority for tests, made by the openssl command in a new directory under the
// test's own. What goes wrong there ends the process.
class TestAuthority {
 public:
  struct KeyPair {
    std::string cert_file;
    std::string key_file;
  };

  TestAuthority();

  // PEM.
  const std::string& ca_file() const { return ca_.cert_file; }
  std::string CaPem() const;
  const std::string& directory() const { return directory_; }

  // A new P-256 key with a certificate for these names, as OpenSSL writes them:
  // "DNS:localhost,IP:127.0.0.1". It holds for `days` from now; negative: it ended so many days
  // ago.
  KeyPair Issue(std::string_view names = "DNS:localhost,IP:127.0.0.1", int days = 1);

 private:
  void Run(std::string_view command) const;

  std::string directory_;
  KeyPair ca_;
  int issued_ = 0;
};

}  // namespace countersign::http

#endif  // COUNTERSIGN_HTTP_TEST_AUTHORITY_H_
