#include "cli/certificates/webhook_bundle.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_matchers.h"
#include "cli/certificates/certificate_authority.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::cli {
namespace {

using base::Json;
using base::StatusIs;
using crypto::Certificate;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const CertificateOptions kOptions;

Certificate Make(std::string_view name) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  return MakeAuthority(name, {now, now + absl::Hours(1)})->certificate;
}

Json Service(const char* name, const char* in_namespace) {
  return {{"clientConfig", {{"service", {{"name", name}, {"namespace", in_namespace}}}}}};
}

const Json kOurs = Service("image-policy-webhook-service", "image-policy-system");
const Json kByUrl = {{"clientConfig", {{"url", "https://127.0.0.1:1/x"}}}};

Json Configuration(std::vector<Json> webhooks) { return {{"webhooks", webhooks}}; }

TEST(WebhookBundle, IsWrittenToEachWebhookOfTheShim) {
  const Certificate one = Make("one");
  Json configuration = Configuration({kOurs, kByUrl});
  EXPECT_EQ(SetWebhookBundles({one}, kOptions, &configuration), 2);
  for (const Json& webhook : configuration["webhooks"]) {
    EXPECT_EQ(webhook["clientConfig"]["caBundle"], absl::Base64Escape(one.Pem()));
  }
  EXPECT_THAT(TrustedByWebhooks(configuration, kOptions), ElementsAre(one, one));
  EXPECT_EQ(SetWebhookBundles({one}, kOptions, &configuration), 0);
}

TEST(WebhookBundle, OtherServicesKeepTheirs) {
  const Json before = Configuration({Service("other", "image-policy-system"),
                                     Service("image-policy-webhook-service", "other"),
                                     Json::object(),
                                     nullptr,
                                     7,
                                     {{"clientConfig", nullptr}},
                                     {{"clientConfig", "x"}}});
  Json after = before;
  EXPECT_EQ(SetWebhookBundles({Make("one")}, kOptions, &after), 0);
  EXPECT_EQ(after, before);
}

TEST(WebhookBundle, AConfigurationWithoutWebhooksHasNone) {
  for (Json configuration : {Json(nullptr), Json::object(), Json{{"webhooks", nullptr}},
                             Json{{"webhooks", "x"}}, Json{{"webhooks", Json::array()}}}) {
    const Json before = configuration;
    EXPECT_EQ(SetWebhookBundles({Make("one")}, kOptions, &configuration), 0);
    EXPECT_EQ(configuration, before);
  }
}

TEST(WebhookBundle, WhatElseWasInItIsReplaced) {
  const Certificate one = Make("one");
  const Certificate two = Make("two");
  for (const std::string& text :
       {std::string(), std::string("?"), absl::Base64Escape("junk"), absl::Base64Escape(two.Pem()),
        absl::Base64Escape(absl::StrCat(one.Pem(), two.Pem()))}) {
    Json configuration = Configuration({kOurs});
    configuration["webhooks"][0]["clientConfig"]["caBundle"] = text;
    EXPECT_EQ(SetWebhookBundles({one}, kOptions, &configuration), 1) << text;
    EXPECT_THAT(TrustedByWebhooks(configuration, kOptions), ElementsAre(one));
  }
}

TEST(WebhookBundle, TheOrderMakesNoDifference) {
  const Certificate one = Make("one");
  const Certificate two = Make("two");
  Json configuration = Configuration({kOurs});
  SetWebhookBundles({one, two}, kOptions, &configuration);
  EXPECT_EQ(SetWebhookBundles({two, one}, kOptions, &configuration), 0);
  EXPECT_FALSE(HoldTheSame({one}, {one, two}));
}

TEST(WebhookBundle, WhatCertManagerWritesIsLeftToIt) {
  const kube::ObjectPath path = WebhookPaths(kOptions)[0];
  const Json injected = {
      {"metadata", {{"annotations", {{"cert-manager.io/inject-ca-from", "ns/shim"}}}}}};
  EXPECT_THAT(CheckMayBeWritten(path, injected), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(CheckMayBeWritten(path, Configuration({kOurs})), base::IsOk());
}

TEST(WebhookBundle, ConfigurationsAreThoseThatAreNamed) {
  CertificateOptions options;
  options.mutating_webhooks = {"a", "b"};
  options.validating_webhooks = {""};
  std::vector<std::string> urls;
  for (const kube::ObjectPath& path : WebhookPaths(options)) urls.push_back(path.Url());
  EXPECT_THAT(urls, ElementsAre("/apis/admissionregistration.k8s.io/v1/"
                                "mutatingwebhookconfigurations/a",
                                "/apis/admissionregistration.k8s.io/v1/"
                                "mutatingwebhookconfigurations/b"));
}

}  // namespace
}  // namespace countersign::cli
