#include "policy/sigstore/witness_rules.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "base/status_matchers.h"
#include "cosign/test_sigstore.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using base::IsOk;
using base::StatusIs;
using ::testing::HasSubstr;

constexpr std::string_view kFulcio = "https://fulcio.example";
constexpr std::string_view kRekor = "https://rekor.example";

// "L1 T0 S1": how many log entries, timestamps and signed certificate timestamps are wanted.
std::string Write(const cosign::Witnesses& witnesses) {
  return "L" + std::to_string(witnesses.log_entries) + " T" + std::to_string(witnesses.timestamps) +
         " S" + std::to_string(witnesses.certificate_timestamps);
}

class WitnessRulesTest : public testing::Test {
 protected:
  WitnessRulesTest() {
    cosign::TrustedRoot whole = cosign::TestSigstore().trusted();
    for (auto& authority : whole.certificate_authorities) authority.uri = std::string(kFulcio);
    for (auto& log : whole.logs) log.base_url = std::string(kRekor);
    Add("", whole);
    Add("own", whole);
    cosign::TrustedRoot some = whole;
    some.logs.clear();
    Add("no-logs", some);
    some.certificate_logs.clear();
    Add("no-logs-no-scts", some);
    some.timestamp_authorities.clear();
    Add("no-time", some);
    Add("nothing", {});
  }

  void Add(std::string name, cosign::TrustedRoot root) {
    root.id[0] = static_cast<unsigned char>(roots_.size() + 1);
    roots_[std::move(name)] = std::make_shared<const cosign::TrustedRoot>(std::move(root));
  }

  absl::StatusOr<WitnessTerms> Ask(const AuthoritySpec& authority) const {
    return WitnessesOf(authority, [this](std::string_view name) {
      const auto found = roots_.find(std::string(name));
      return found == roots_.end()
                 ? absl::StatusOr<cosign::TrustedRootPtr>(absl::NotFoundError("not found"))
                 : found->second;
    });
  }
  std::string Wanted(const AuthoritySpec& authority) const {
    const absl::StatusOr<WitnessTerms> terms = Ask(authority);
    EXPECT_THAT(terms, IsOk());
    return terms.ok() ? Write(terms->witnesses) : "";
  }

  static AuthoritySpec Key() { return {.key = KeyRef()}; }
  static AuthoritySpec Keyless(std::string root = "", std::string_view url = kFulcio) {
    return {.keyless = KeylessRef{.url = std::string(url), .trust_root = std::move(root)}};
  }

  std::map<std::string, cosign::TrustedRootPtr> roots_;
};

TEST_F(WitnessRulesTest, AKeyWantsWhatIsNamedAndNothingElse) {
  AuthoritySpec authority = Key();
  EXPECT_EQ(Wanted(authority), "L0 T0 S0");
  EXPECT_EQ(Ask(authority)->trust, nullptr);
  authority.log = LogSpec();
  EXPECT_EQ(Wanted(authority), "L0 T0 S0");
  authority.log = LogSpec{.url = ""};
  EXPECT_EQ(Wanted(authority), "L0 T0 S0");
  authority.log = LogSpec{.url = std::string(kRekor)};
  EXPECT_EQ(Wanted(authority), "L1 T0 S0");
  authority.log = LogSpec{.trust_root = "own"};
  EXPECT_EQ(Wanted(authority), "L1 T0 S0");
  authority.timestamp = TimestampSpec{.trust_root = "own"};
  EXPECT_EQ(Wanted(authority), "L1 T1 S0");
  authority.log.reset();
  EXPECT_EQ(Wanted(authority), "L0 T1 S0");
}

TEST_F(WitnessRulesTest, KeylessWantsAnEntryAndACertificateTimestampUnlessATimestampIsNamed) {
  AuthoritySpec authority = Keyless();
  EXPECT_EQ(Wanted(authority), "L1 T0 S1");
  authority.log = LogSpec{.url = std::string(kRekor)};
  EXPECT_EQ(Wanted(authority), "L1 T0 S1");
  authority.timestamp = TimestampSpec{.trust_root = "own"};
  EXPECT_EQ(Wanted(authority), "L1 T1 S1");
  authority.log.reset();
  EXPECT_EQ(Wanted(authority), "L0 T1 S1");
  authority.keyless->ignores_sct = true;
  EXPECT_EQ(Wanted(authority), "L0 T1 S0");
}

// D28
TEST_F(WitnessRulesTest, ARootOfItsOwnIsAskedForTheTimeThatItCanGive) {
  EXPECT_EQ(Wanted(Keyless("own")), "L1 T0 S1");
  EXPECT_EQ(Wanted(Keyless("no-logs")), "L0 T1 S1");
  EXPECT_EQ(Wanted(Keyless("no-logs-no-scts")), "L0 T1 S0");
  EXPECT_THAT(Ask(Keyless("no-time")),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("nobody says when something was signed")));
  AuthoritySpec with_log = Keyless("no-time");
  with_log.log = LogSpec{.trust_root = "own"};
  EXPECT_EQ(Wanted(with_log), "L1 T0 S0");
}

// D25
TEST_F(WitnessRulesTest, AUrlThatIsNobodysNeedsARoot) {
  EXPECT_THAT(Ask(Keyless("", "https://fulcio.corp")),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("keyless.url https://fulcio.corp belongs to no certificate "
                                 "authority of the default trust root: set trustRootRef")));
  EXPECT_THAT(Ask(Keyless("", "https://fulcio.example/")), IsOk());
  EXPECT_THAT(Ask(Keyless("own", "https://fulcio.corp")), IsOk());
  AuthoritySpec by_default = Keyless("", "https://fulcio.sigstore.dev");
  by_default.keyless->has_default_url = true;
  EXPECT_THAT(Ask(by_default), IsOk());
  AuthoritySpec authority = Key();
  authority.log = LogSpec{.url = "https://rekor.corp"};
  EXPECT_THAT(Ask(authority), StatusIs(absl::StatusCode::kInvalidArgument,
                                       HasSubstr("ctlog.url https://rekor.corp belongs to no")));
}

TEST_F(WitnessRulesTest, ARootWithNothingOfTheKindSatisfiesNobody) {
  AuthoritySpec authority = Key();
  authority.log = LogSpec{.trust_root = "no-logs"};
  EXPECT_THAT(Ask(authority), StatusIs(absl::StatusCode::kInvalidArgument));
  authority.log.reset();
  authority.timestamp = TimestampSpec{.trust_root = "no-time"};
  EXPECT_THAT(Ask(authority), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Ask(Keyless("nothing")), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Ask(Keyless("absent")), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(WitnessRulesTest, EachIsJudgedByTheRootThatIsNamedForIt) {
  AuthoritySpec authority = Keyless("own");
  authority.log = LogSpec{.trust_root = ""};
  authority.log->url = std::string(kRekor);
  const cosign::TrustedRootPtr trust = Ask(authority)->trust;
  EXPECT_NE(trust, roots_["own"]);
  EXPECT_NE(trust, roots_[""]);
  EXPECT_EQ(trust->logs.size(), roots_[""]->logs.size());
  EXPECT_EQ(Ask(Keyless("own"))->trust, roots_["own"]);
}

}  // namespace
}  // namespace countersign::policy
