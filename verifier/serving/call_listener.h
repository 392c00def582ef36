#ifndef COUNTERSIGN_VERIFIER_SERVING_CALL_LISTENER_H_
#define COUNTERSIGN_VERIFIER_SERVING_CALL_LISTENER_H_

#include <cstddef>
#include <cstdint>

#include "verifier/serving/peer_address.h"

namespace countersign::verifier {

// Is told of each call, to know which connections are in use, and what for. Thread-safe.
class CallListener {
 public:
  virtual ~CallListener() = default;
  static CallListener& Nobody();
  // False: its connection has gone, so that nobody waits for an answer.
  virtual bool CallBegins(const PeerAddress& peer) = 0;
  // Its client may ask on behalf of every namespace.
  virtual void CallIsForEverybody(const PeerAddress& peer) = 0;
  // So much of a call that was let in may come from there from now on; less than zero: no longer.
  virtual void CallExpects(const PeerAddress& peer, int64_t bytes) = 0;
  // A call's message was read: so many of the bytes that have come from there are the call's.
  virtual void CallTakes(const PeerAddress& peer, size_t bytes) = 0;
  // A call was over before its message was read, by its client's doing, or its client may ask nothing:
  // so much is to be held against its source beside its bytes. Before CallEnds.
  virtual void CallWasInVain(const PeerAddress& peer, int64_t bytes) = 0;
  virtual void CallEnds(const PeerAddress& peer) = 0;
};

}  // namespace countersign::verifier

#endif  // COUNTERSIGN_VERIFIER_SERVING_CALL_LISTENER_H_
