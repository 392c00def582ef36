#include "kube/manifests/yaml_text.h"

#include "gtest/gtest.h"

namespace countersign::kube {
namespace {

TEST(YamlText, WhatIsNoTextIsFoundByItsLine) {
  EXPECT_FALSE(FindTextFault("a: 1\r\n\tb\n").has_value());
  EXPECT_EQ(FindTextFault("a\n\xff\n")->line, 2);
  EXPECT_EQ(FindTextFault("a\nb\n\x04\n")->line, 3);
  EXPECT_EQ(FindTextFault("a\rb\n")->line, 1);
  EXPECT_EQ(FindTextFault("a\r")->line, 1);
}

TEST(YamlText, ATabIsFoundInIndentationAlone) {
  EXPECT_TRUE(IsIndentedByTab("a:\n \tb: 1\nc: 2\n", 2));
  EXPECT_FALSE(IsIndentedByTab("a:\n \tb: 1\nc: 2\n", 1));
  EXPECT_FALSE(IsIndentedByTab("a:\n \tb: 1\nc: 2\n", 3));
  EXPECT_FALSE(IsIndentedByTab("a:\n \tb: 1\n", 9));
  EXPECT_FALSE(IsIndentedByTab("a:\tb\n", 1));
  EXPECT_FALSE(IsIndentedByTab("", 1));
}

}  // namespace
}  // namespace countersign::kube
