#include "http/client/ca_store.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/test_authority.h"

namespace countersign::http {
namespace {

using base::IsOk;
using base::StatusIs;

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

Context NewContext() { return Context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free); }

int CountTrusted(const SSL_CTX* context) {
  STACK_OF(X509)* const trusted = X509_STORE_get1_all_certs(SSL_CTX_get_cert_store(context));
  const int count = sk_X509_num(trusted);
  sk_X509_pop_free(trusted, &X509_free);
  return count;
}

TEST(CaStore, EachContextHasTheSameAuthorities) {
  const std::string pem = TestAuthority().CaPem() + TestAuthority().CaPem();
  const absl::StatusOr<CaStore> store = CaStore::Parse(pem);
  ASSERT_THAT(store, IsOk());
  const Context one = NewContext();
  const Context another = NewContext();
  store->Install(one.get());
  store->Install(another.get());
  EXPECT_EQ(CountTrusted(one.get()), 2);
  EXPECT_EQ(SSL_CTX_get_cert_store(one.get()), SSL_CTX_get_cert_store(another.get()));
}

TEST(CaStore, AContextMayOutliveIt) {
  const Context context = NewContext();
  {
    const absl::StatusOr<CaStore> store = CaStore::Parse(TestAuthority().CaPem());
    ASSERT_THAT(store, IsOk());
    store->Install(context.get());
  }
  EXPECT_EQ(CountTrusted(context.get()), 1);
}

TEST(CaStore, WhatIsThereTwiceIsTakenOnce) {
  const std::string pem = TestAuthority().CaPem();
  const absl::StatusOr<CaStore> store = CaStore::Parse(pem + "words in between\n" + pem);
  ASSERT_THAT(store, IsOk());
  const Context context = NewContext();
  store->Install(context.get());
  EXPECT_EQ(CountTrusted(context.get()), 1);
}

TEST(CaStore, NoAuthorityIsNoError) {
  const absl::StatusOr<CaStore> store = CaStore::Parse("");
  ASSERT_THAT(store, IsOk());
  const Context context = NewContext();
  store->Install(context.get());
  EXPECT_EQ(CountTrusted(context.get()), 0);
}

TEST(CaStore, WhatDoesNotParseIsRefused) {
  const std::string broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_THAT(CaStore::Parse(broken), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(CaStore::Parse(TestAuthority().CaPem() + broken),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace countersign::http
