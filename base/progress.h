#ifndef COUNTERSIGN_BASE_PROGRESS_H_
#define COUNTERSIGN_BASE_PROGRESS_H_

#include <string>

namespace countersign::base {

// How far a piece of work is that others wait for (single_flight.h), so that who waits in vain can say what for.
// Thread-safe.
class Progress {
 public:
  virtual ~Progress() = default;

  // The work is put in line now: what was before does not count. Must be quick.
  virtual void PutInLine() = 0;

  // What has taken the time until now, as a sentence goes on with it: "waiting for its turn took 3.0 s of 3.2 s".
  // For whoever waits: no address, nothing foreign. "": there is nothing to say.
  virtual std::string WhatTook() const = 0;
};

}  // namespace countersign::base

#endif  // COUNTERSIGN_BASE_PROGRESS_H_
