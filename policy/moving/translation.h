#ifndef COUNTERSIGN_POLICY_MOVING_TRANSLATION_H_
#define COUNTERSIGN_POLICY_MOVING_TRANSLATION_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace countersign::policy {

// How the decisions of a translation compare with those of what it was made from.
enum class Exactness {
  // Some may be stricter and some looser: each place is among the differences.
  kInexact = 0,
  kExact,
  kStricter,  // it never admits what was denied
  kLooser,    // it never denies what was admitted
};

// "inexact", "exact", "stricter" or "looser".
std::string_view NameOf(Exactness exactness);

// Who is to read policies of policy.sigstore.dev.
enum class Target {
  kCountersign = 0,
  kPolicyController,  // it knows no PolicyOptions, and compares globs with registry/path@digest alone
};

// Where the two differ, or what could not be said in the new language.
struct Divergence {
  // Printable: "image-policy-0: selects …". Begins with what of the old object it is about.
  std::string sentence;
  // A name of an image that the two decide on otherwise for some signers; "" where there is none to
  // show.
  std::string witness = "";
};

// Objects of one language that say what objects of another do.
struct Translation {
  std::vector<base::Json> objects;
  // What people have to do or know besides, a printable sentence each.
  std::vector<std::string> notes;
  std::vector<Divergence> differences;
  Exactness exactness = Exactness::kInexact;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_TRANSLATION_H_
