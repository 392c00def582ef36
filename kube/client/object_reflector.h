#ifndef COUNTERSIGN_KUBE_CLIENT_OBJECT_REFLECTOR_H_
#define COUNTERSIGN_KUBE_CLIENT_OBJECT_REFLECTOR_H_

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/json.h"
#include "http/client/client.h"
#include "http/client/response_stream.h"
#include "kube/client/api_connection.h"
#include "kube/client/object_set.h"
#include "kube/client/watch_events.h"
#include "kube/object_selection.h"
#include "kube/object_watches.h"

namespace countersign::kube {

// Tells ObjectWatches what the objects of a selection are: lists them, then watches from there
// (kube/client/object_set.h), for as long as it lives.
//
// A watch that ends, is cut, or is silent for too long is taken up again at once, where it was,
// which is not told if it works. What fails is told, once, and tried again, after a time that
// doubles up to a limit and is random in part; when it works again, the objects are told. After 410
// Gone, and whatever else may have made a gap, they are listed anew.
class ObjectReflector {
 public:
  struct Options {
    absl::Duration first_pause = absl::Milliseconds(200);
    absl::Duration longest_pause = absl::Seconds(10);
    // For a response to begin; and a list to end.
    absl::Duration request_timeout = absl::Seconds(15);
    // How long the server is asked to hold a watch, and at the most twice that.
    absl::Duration watch_timeout = absl::Minutes(4);
    // An API server sends a bookmark each minute where nothing happens.
    absl::Duration longest_silence = absl::Seconds(150);
    // A watch that ends sooner counts as a failed try when the next pause is measured.
    absl::Duration long_enough = absl::Seconds(10);
    // What pauses and the life of a watch are measured by.
    const base::Clock* clock = &base::Clock::Real();
  };

  // Starts at once. `selection` must be one that CheckSelection accepts. `watches` must outlive the
  // reflector.
  ObjectReflector(std::shared_ptr<ApiConnection> connection, ObjectSelection selection,
                  ObjectWatches* watches, const Options& options);
  // Does not wait for the network.
  ~ObjectReflector();

 private:
  void Run();
  absl::Status List();
  // Sets `established` once the server has taken it up.
  absl::Status Watch(bool& established);
  absl::Status FollowEvents(ApiConnection::Stream& stream);
  absl::Status TakeEvents(LineSplitter& lines);
  // Some of a list, or why not.
  struct Chunk {
    absl::StatusOr<base::Json> list;
    bool is_too_large = false;  // in bytes or values, which fewer objects may not be
  };
  Chunk FetchChunk(const std::string& url);
  // What comes after `next`, as many at a time as can be read.
  Chunk FetchNext(const std::string& next);

  // Answers of status 200; others are an error. The caller must call Release before the stream
  // ends.
  absl::StatusOr<ApiConnection::Stream> Ask(const std::string& url);
  absl::StatusOr<ApiConnection::Stream> Open(const std::string& url);
  // ResourceExhausted: it is larger.
  static absl::StatusOr<std::string> ReadBody(ApiConnection::Stream& stream, size_t max_bytes,
                                              absl::Time deadline);

  void TellObjects();
  void TellError(const absl::Status& why);
  void Pause(int tries);

  // What the destructor cancels.
  void Hold(ApiConnection::Stream& stream) ABSL_LOCKS_EXCLUDED(mutex_);
  void Release() ABSL_LOCKS_EXCLUDED(mutex_);
  bool IsStopping() const ABSL_LOCKS_EXCLUDED(mutex_);

  const std::shared_ptr<ApiConnection> connection_;
  const ObjectSelection selection_;
  ObjectWatches* const watches_;
  const Options options_;

  // Of the thread alone.
  absl::BitGen random_;
  ObjectSet objects_;
  int at_once_;          // how many objects a chunk of a list is asked for with
  bool listed_ = false;  // objects_ can be watched from
  std::optional<ObjectSet> told_;
  std::optional<absl::Status> told_error_;
  ObjectSet::Absent told_absent_;

  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  http::ResponseStream* current_ ABSL_GUARDED_BY(mutex_) = nullptr;  // what the thread waits for

  std::thread thread_;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_OBJECT_REFLECTOR_H_
