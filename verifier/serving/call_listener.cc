#include "verifier/serving/call_listener.h"

#include <cstddef>
#include <cstdint>

namespace countersign::verifier {

CallListener& CallListener::Nobody() {
  class Nobody final : public CallListener {
    bool CallBegins(const PeerAddress&) override { return true; }
    void CallIsForEverybody(const PeerAddress&) override {}
    void CallExpects(const PeerAddress&, int64_t) override {}
    void CallTakes(const PeerAddress&, size_t) override {}
    void CallWasInVain(const PeerAddress&, int64_t) override {}
    void CallEnds(const PeerAddress&) override {}
  };
  static Nobody nobody;
  return nobody;
}

}  // namespace countersign::verifier
