#include "cli/certificates/certificate_secret.h"

#include <utility>

#include "base/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::IsOk;
using base::Json;
using base::StatusIs;
using ::testing::HasSubstr;

const kube::ObjectPath kPath = {
    .version = "v1", .object_namespace = "ns", .resource = "secrets", .name = "s"};

CertificateSecret Of(Json object) { return CertificateSecret(kPath, std::move(object)); }

TEST(CertificateSecret, ANewOneIsWrittenWhole) {
  CertificateSecret secret = Of(nullptr);
  EXPECT_FALSE(secret.exists());
  EXPECT_FALSE(secret.is_changed());
  secret.SetEntry("tls.crt", "abc");
  secret.SetAnnotation("countersign/x", "y");
  EXPECT_TRUE(secret.is_changed());
  EXPECT_EQ(secret.Write("kubernetes.io/tls"),
            Json::parse(R"({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
                            "metadata": {"name": "s", "namespace": "ns", "annotations": {
                                "countersign/made-by": "certificates", "countersign/x": "y",
                                "helm.sh/resource-policy": "keep"}},
                            "data": {"tls.crt": "YWJj"}})"));
}

TEST(CertificateSecret, WhatOthersHaveWrittenStays) {
  CertificateSecret secret = Of(Json::parse(
      R"({"type": "Opaque", "immutable": false,
          "metadata": {"resourceVersion": "7", "labels": {"a": "b"}, "annotations": {"c": "d"}},
          "data": {"more": "YWJj", "tls.crt": "YWJj"}})"));
  EXPECT_EQ(secret.Entry("tls.crt"), "abc");
  secret.SetEntry("tls.crt", "");
  const Json written = secret.Write("kubernetes.io/tls");
  EXPECT_EQ(written["type"], "Opaque");
  EXPECT_EQ(written["immutable"], false);
  EXPECT_EQ(written["metadata"]["resourceVersion"], "7");
  EXPECT_EQ(written["metadata"]["labels"]["a"], "b");
  EXPECT_EQ(written["metadata"]["annotations"]["c"], "d");
  EXPECT_EQ(written["data"], Json::parse(R"({"more": "YWJj"})"));
}

TEST(CertificateSecret, TheSameAgainIsNoChange) {
  CertificateSecret secret =
      Of(Json::parse(R"({"metadata": {"annotations": {"c": "d"}}, "data": {"e": "YWJj"}})"));
  secret.SetEntry("e", "abc");
  secret.SetEntry("absent", "");
  secret.SetAnnotation("c", "d");
  secret.SetAnnotation("absent", "");
  EXPECT_FALSE(secret.is_changed());
}

TEST(CertificateSecret, MayBeWrittenIfItIsNobodyElses) {
  EXPECT_THAT(Of(nullptr).CheckMayBeWritten(false), IsOk());
  EXPECT_THAT(Of(Json::parse(R"({"data": {"tls.crt": ""}})")).CheckMayBeWritten(false), IsOk());
  EXPECT_THAT(Of(Json::parse(R"({"data": {"a": "YWJj"},
      "metadata": {"annotations": {"countersign/made-by": "certificates"}}})"))
                  .CheckMayBeWritten(false),
              IsOk());
  const CertificateSecret foreign = Of(Json::parse(R"({"data": {"a": "YWJj"}})"));
  EXPECT_THAT(foreign.CheckMayBeWritten(false),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("--take-over")));
  EXPECT_THAT(foreign.CheckMayBeWritten(true), IsOk());
}

TEST(CertificateSecret, WhatCertManagerLooksAfterIsNeverWritten) {
  const CertificateSecret secret = Of(Json::parse(R"({"metadata": {"annotations": {
      "countersign/made-by": "certificates", "cert-manager.io/certificate-name": "shim"}}})"));
  EXPECT_THAT(secret.CheckMayBeWritten(true),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("cert-manager")));
}

TEST(CertificateSecret, OneThatCannotBeReadHasNoEntries) {
  const CertificateSecret secret = Of(Json::parse(R"({"data": {"tls.crt": "?"}})"));
  EXPECT_EQ(secret.Entry("tls.crt"), "");
  EXPECT_EQ(secret.Write("Opaque")["data"], Json::object());
}

}  // namespace
}  // namespace countersign::cli
