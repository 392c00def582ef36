#include "policy/moving/object_names.h"

#include <set>
#include <string>

#include "base/dns_name.h"
#include "gtest/gtest.h"

namespace countersign::policy {
namespace {

TEST(ObjectNames, ANameIsGivenOnce) {
  ObjectNames names;
  EXPECT_EQ(names.Take("check-0"), "check-0");
  EXPECT_EQ(names.Take("check-0"), "check-0-2");
  EXPECT_EQ(names.Take("check-0"), "check-0-3");
  EXPECT_EQ(names.Take("check-0-2"), "check-0-2-2");
}

TEST(ObjectNames, WhatKubernetesDoesNotTakeBecomesLikeIt) {
  EXPECT_EQ(ObjectNames().Take("Bad_Name!"), "bad-name");
  EXPECT_EQ(ObjectNames().Take("-0"), "0");
  EXPECT_EQ(ObjectNames().Take("a.-b"), "a--b");
  EXPECT_EQ(ObjectNames().Take(""), "policy");
  EXPECT_EQ(ObjectNames().Take("\xc3\xa4"), "policy");
}

TEST(ObjectNames, LongNamesAreCutAndStayApart) {
  ObjectNames names;
  std::set<std::string> all;
  for (int i = 0; i < 12; ++i) {
    std::string wanted(253, 'a');
    wanted += "-";
    wanted += std::to_string(i);
    const std::string name = names.Take(wanted);
    EXPECT_TRUE(base::IsDnsSubdomain(name)) << name;
    all.insert(name);
  }
  EXPECT_EQ(all.size(), 12u);
  // The cut is not between a '.' and what comes after it.
  EXPECT_TRUE(base::IsDnsSubdomain(ObjectNames().Take(std::string(252, 'a') + ".b")));
}

}  // namespace
}  // namespace countersign::policy
