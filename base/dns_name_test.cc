#include "base/dns_name.h"

#include <string>

#include "gtest/gtest.h"

namespace countersign::base {
namespace {

TEST(DnsLabel, IsLettersDigitsAndInnerHyphens) {
  for (const std::string& label : {std::string("a"), std::string("1"), std::string("kube-system"),
                                   std::string("a--b"), std::string(63, 'a')}) {
    EXPECT_TRUE(IsDnsLabel(label)) << label;
    EXPECT_TRUE(IsDnsSubdomain(label)) << label;
  }
  for (const std::string& text :
       {std::string(), std::string("-a"), std::string("a-"), std::string("A"), std::string("a_b"),
        std::string("a.b"), std::string("*"), std::string("a b"), std::string("a/b"),
        std::string("a\0b", 3), std::string("\xc3\xa9"), std::string(64, 'a')}) {
    EXPECT_FALSE(IsDnsLabel(text)) << text;
  }
}

TEST(DnsSubdomain, IsLabelsBetweenDots) {
  const std::string longest = std::string(127, 'a') + "." + std::string(125, 'b');
  for (const std::string& name :
       {std::string("a.b"), std::string("registry.example.org"), std::string("1.2.3.4"), longest}) {
    EXPECT_TRUE(IsDnsSubdomain(name)) << name;
  }
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("a."), std::string(".a"),
        std::string("a..b"), std::string("a.-b"), std::string("A.b"), longest + "b"}) {
    EXPECT_FALSE(IsDnsSubdomain(text)) << text;
  }
}

}  // namespace
}  // namespace countersign::base
