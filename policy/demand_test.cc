#include "policy/demand.h"

#include <memory>

#include "crypto/test_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

AuthorityPtr Usable(size_t index) {
  return std::make_shared<const Authority>(
      Authority{.asks = cosign::KeySigner(crypto::TestKey::Generate().Public()), .index = index});
}

Policy PolicyOf(std::vector<AuthorityPtr> authorities, size_t group = 0) {
  return {
      .images = *NamePattern::Parse("*"), .authorities = std::move(authorities), .group = group};
}

TEST(Demand, HasThePoliciesOfAllClausesInTheirOrder) {
  const Policy a = PolicyOf({}), b = PolicyOf({}), c = PolicyOf({});
  const Demand demand = {.clauses = {{.any_of = {&b, &a}}, {.any_of = {&c}}}};
  EXPECT_THAT(demand.Matching(), ElementsAre(&b, &a, &c));
  EXPECT_THAT(Demand().Matching(), IsEmpty());
}

TEST(Demand, TakesTheWordOfEachUsableAuthorityOnceInTheirPlacesOrder) {
  const AuthorityPtr first = Usable(0), second = Usable(1), of_other_group = Usable(0);
  const auto broken = std::make_shared<const Authority>(Authority{.index = 2});
  EXPECT_FALSE(broken->IsUsable());
  const Policy a = PolicyOf({second, broken}), b = PolicyOf({first, second});
  const Policy c = PolicyOf({of_other_group}, 1);
  const Demand demand = {.clauses = {{.any_of = {&c}}, {.any_of = {&a, &b}}}};
  EXPECT_THAT(demand.UsableAuthorities(),
              ElementsAre(first.get(), second.get(), of_other_group.get()));
}

}  // namespace
}  // namespace countersign::policy
