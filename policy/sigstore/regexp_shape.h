#ifndef COUNTERSIGN_POLICY_SIGSTORE_REGEXP_SHAPE_H_
#define COUNTERSIGN_POLICY_SIGSTORE_REGEXP_SHAPE_H_

#include <string_view>

namespace countersign::policy {

// What an expression of RE2's syntax (https://github.com/google/re2/wiki/Syntax), which is valid, looks
// like to whoever reads it; what it means, only RE2 knows.
struct RegexpShape {
  // Whatever it matches begins at the text's beginning, and ends at its end. False where that is not
  // plain: an anchor that may be left out, or inside of a repetition.
  bool begins_anchored = false;
  bool ends_anchored = false;
  // It has alternatives outside of all parentheses, of which the first begins with an anchor and the last
  // ends with one, but not all have both.
  bool splits_anchors = false;
  // A dot that stands for one character, and is not repeated.
  bool has_bare_dot = false;
};

// Steps in proportion to the expression's length; what is inside of more than a hundred parentheses is not
// looked into. Pure.
RegexpShape ShapeOf(std::string_view expression);

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_SIGSTORE_REGEXP_SHAPE_H_
