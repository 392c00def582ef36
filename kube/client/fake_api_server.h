#ifndef COUNTERSIGN_KUBE_CLIENT_FAKE_API_SERVER_H_
#define COUNTERSIGN_KUBE_CLIENT_FAKE_API_SERVER_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/json.h"
#include "http/client/scripted_server.h"
#include "kube/client/cluster_config.h"
#include "kube/object_selection.h"

namespace countersign::kube {

// An API server on 127.0.0.1, without TLS: lists (in chunks) and watches objects of one kind, all
// or by name, and gets other objects by their path. Tests say what goes wrong. Thread-safe.
class FakeApiServer {
 public:
  FakeApiServer();
  ~FakeApiServer();

  // A configuration that leads here, with the token that RequireToken asked for last.
  ClusterConfig Config() const;

  // All objects that are listed and watched here: widgets.example.org, of version v1.
  static ObjectSelection Widgets();

  // `spec` of the widget; a change is an event of all watches that it is selected by.
  void PutWidget(const std::string& name, base::Json spec);
  // Changes nothing but the widget's status.
  void PutWidgetStatus(const std::string& name, base::Json status);
  void RemoveWidget(const std::string& name);
  // What a GET of `path`, such as "/api/v1/namespaces/a/secrets/b", answers.
  void PutObject(const std::string& path, base::Json object);

  // Other tokens get 401.
  void RequireToken(std::string token);
  // From now on, until it is "", every request gets these bytes, whatever they are.
  void AnswerAll(std::string response);
  // From now on connections are closed, or taken again.
  void SetGone(bool gone);
  // Resource versions up to now are forgotten: watches from them, new ones too, get 410.
  void Compact();
  // A line into all watches that are open.
  void SendLine(std::string line);
  // Ends all watches that are open, properly or in the middle.
  void EndWatches();
  void CutWatches();

  // Of all so far: "GET /path?query", in order.
  std::vector<std::string> Requests() const;
  // How many watches were taken up so far.
  int watches() const;

  // A response with a metav1.Status.
  static std::string Failure(int code, std::string_view reason, std::string_view message);

 private:
  using Answer = http::ScriptedServer::Answer;

  struct Event {
    int version;
    std::string line;
    std::string name = {};  // of the widget; "": it is for all watches
  };
  // Which events a watch is to get, and until when: it ends when there were other ends or cuts.
  struct Watched {
    std::string name;  // "" for all widgets
    int from = 0;      // the version that the events come after
    int ended = 0;
    int cut = 0;
  };

  Answer Serve(const std::string& request);
  Answer Route(const std::string& target) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string List(const std::string& target) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Follow(const Answer::Send& send, const Watched& watched);
  // Whether there is anything to do for a watch to which so many events were sent.
  bool HasNews(size_t sent, const Watched& watched) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  base::Json ObjectOf(const std::string& name) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddEvent(std::string_view type, const std::string& name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  struct Widget {
    int version;
    base::Json spec;
    base::Json status;
  };

  mutable absl::Mutex mutex_;
  std::map<std::string, Widget> widgets_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, base::Json> objects_ ABSL_GUARDED_BY(mutex_);
  int version_ ABSL_GUARDED_BY(mutex_) = 100;
  int compacted_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Event> events_ ABSL_GUARDED_BY(mutex_);
  std::string token_ ABSL_GUARDED_BY(mutex_);
  std::string answer_all_ ABSL_GUARDED_BY(mutex_);
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  int ended_ ABSL_GUARDED_BY(mutex_) = 0;
  int cut_ ABSL_GUARDED_BY(mutex_) = 0;
  int watches_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<http::ScriptedServer> server_;
};

}  // namespace countersign::kube

#endif  // COUNTERSIGN_KUBE_CLIENT_FAKE_API_SERVER_H_
