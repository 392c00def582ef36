#ifndef COUNTERSIGN_POLICY_MOVING_NAME_GRAMMAR_H_
#define COUNTERSIGN_POLICY_MOVING_NAME_GRAMMAR_H_

#include <string_view>

namespace countersign::policy {

// A set of spellings of images' names, as a deterministic automaton that begins in state 0: what
// languages of names are compared on, so that what tells them apart is a name that an image can
// have. The grammar is that of oci/image_reference.h but for IPv6 addresses, the number in a port
// and lengths.
class NameGrammar {
 public:
  enum class Kind {
    // As the Policy Controller has them in a cluster: registry/path@digest, with Docker Hub as
    // `index.docker.io`, there with `library/`. What has no '.' or ':' is no registry to it.
    kCanonical,
    // As people write them with a registry: registry/path[:tag][@digest].
    kFull,
    // Without one: path[:tag][@digest].
    kShort,
  };
  static constexpr int kNone = -1;
  // Every character that a name can have, those first that make a witness easy to read.
  static constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789/.:@-_";

  explicit NameGrammar(Kind kind) : kind_(kind) {}

  // The state after one more character, or kNone if no name begins so.
  int Next(int state, char c) const;
  bool Accepts(int state) const;

 private:
  Kind kind_;
};

}  // namespace countersign::policy

#endif  // COUNTERSIGN_POLICY_MOVING_NAME_GRAMMAR_H_
