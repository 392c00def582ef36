#include "kube/client/object_reflector.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/random/distributions.h"
#include "absl/strings/str_cat.h"
#include "base/deadline.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "kube/client/absence_log.h"
#include "kube/client/api_status.h"
#include "kube/client/selection_url.h"
#include "kube/client/watch_events.h"

namespace countersign::kube {
namespace {

constexpr std::string_view kLogger = "kubernetes";
// So many of the largest objects there can be fit into kApiJsonLimits.
constexpr int kObjectsPerChunk = 8;
// Of what there is much of, and is small but for one or the other.
constexpr int kSmallObjectsPerChunk = 250;
constexpr size_t kMaxErrorBytes = 64 << 10;
// How soon a wait for a plugin sees that it is to end.
constexpr absl::Duration kAccessSlice = absl::Milliseconds(100);

// Watches that end so often, one after another and soon, leave gaps that somebody should know of.
constexpr int kToldTries = 4;

absl::Status DescribeEnd(const absl::Status& why) {
  return why.ok() ? absl::UnavailableError("the API server ends each watch at once") : why;
}

// What to do about it, said where it can be known.
absl::Status Explain(const ApiStatus& status, const Resource& resource) {
  // An API server has no metav1.Status for a group that it does not know.
  if (status.code != 404) return ToError(status);
  const bool is_core = resource.group.empty();
  return absl::FailedPreconditionError(
      absl::StrCat("the API server answered 404: it has no resource ", resource.plural,
                   is_core ? "" : ".", resource.group, " of version ", resource.version,
                   is_core ? "" : ", whose CustomResourceDefinition must be installed"));
}

}  // namespace

ObjectReflector::ObjectReflector(std::shared_ptr<ApiConnection> connection,
                                 ObjectSelection selection, ObjectWatches* watches,
                                 const Options& options)
    : connection_(std::move(connection)),
      selection_(std::move(selection)),
      watches_(watches),
      options_(options),
      objects_(selection_),
      at_once_(selection_.only_labels ? kSmallObjectsPerChunk : kObjectsPerChunk) {
  thread_ = std::thread([this] { Run(); });
}

ObjectReflector::~ObjectReflector() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (current_ != nullptr) current_->Cancel();
  }
  thread_.join();
}

void ObjectReflector::Run() {
  bool failed = false;
  bool was_gone = false;
  for (int tries = 0; !IsStopping(); ++tries) {
    const absl::Time start = options_.clock->Now();
    bool established = false;
    absl::Status why = listed_ ? absl::OkStatus() : List();
    if (why.ok()) why = Watch(established);
    // Those that found no room are looked for as seldom as a watch ends.
    if (why.ok() && objects_.MayFindRoom()) listed_ = false;
    if (IsStopping()) return;
    // What matters is how often it has failed since it last went well.
    const bool is_well = established && options_.clock->Now() - start >= options_.long_enough;
    if (is_well || (established && failed)) tries = 0;
    failed = !established;
    if (failed || tries >= kToldTries) TellError(DescribeEnd(why));
    // The list that comes now is late already.
    const bool is_gone = established && absl::IsOutOfRange(why);
    if (!is_gone || was_gone) Pause(tries);
    was_gone = is_gone;
  }
}

absl::Status ObjectReflector::List() {
  ObjectSet listed(selection_);
  std::string next;
  do {
    Chunk chunk = FetchNext(next);
    CS_RETURN_IF_ERROR(chunk.list.status());
    CS_ASSIGN_OR_RETURN(next, listed.AddChunk(*std::move(chunk.list)));
  } while (!next.empty());
  objects_ = std::move(listed);
  listed_ = true;
  TellObjects();
  return absl::OkStatus();
}

ObjectReflector::Chunk ObjectReflector::FetchNext(const std::string& next) {
  Chunk chunk = FetchChunk(ListUrl(selection_, at_once_, next));
  if (chunk.is_too_large && at_once_ > kObjectsPerChunk) {
    // Those of a cluster stay like that: later lists begin so.
    at_once_ = kObjectsPerChunk;
    chunk = FetchChunk(ListUrl(selection_, at_once_, next));
  }
  // A few that somebody has filled with values are read one by one, and the others are not.
  if (chunk.is_too_large) chunk = FetchChunk(ListUrl(selection_, 1, next));
  return chunk;
}

ObjectReflector::Chunk ObjectReflector::FetchChunk(const std::string& url) {
  const absl::Time deadline = base::In(options_.request_timeout);
  absl::StatusOr<ApiConnection::Stream> stream = Ask(url);
  // An API server that has too much to do is ResourceExhausted, too.
  if (!stream.ok()) return {stream.status()};
  const absl::Cleanup release = [this] { Release(); };
  const absl::StatusOr<std::string> body = ReadBody(*stream, kApiJsonLimits.max_bytes, deadline);
  if (!body.ok()) {
    const bool is_too_large = absl::IsResourceExhausted(body.status());
    if (!is_too_large) connection_->Doubt(*stream);
    return {body.status(), is_too_large};
  }
  absl::StatusOr<base::Json> list = base::ParseJson(*body, kApiJsonLimits);
  const bool is_too_large = base::IsTooLargeJson(list.status());
  return {std::move(list), is_too_large};
}

absl::Status ObjectReflector::Watch(bool& established) {
  const int64_t seconds = absl::ToInt64Seconds(options_.watch_timeout);
  absl::StatusOr<ApiConnection::Stream> stream =
      Ask(WatchUrl(selection_, objects_.resource_version(),
                   absl::Uniform<int64_t>(absl::IntervalClosed, random_, seconds, 2 * seconds)));
  if (!stream.ok()) {
    // Where the watch is too old, the list that follows says whether anything is wrong.
    established = absl::IsOutOfRange(stream.status());
    return stream.status();
  }
  const absl::Cleanup release = [this] { Release(); };
  established = true;
  TellObjects();
  return FollowEvents(*stream);
}

absl::Status ObjectReflector::FollowEvents(ApiConnection::Stream& stream) {
  const absl::Time end = base::In(2 * options_.watch_timeout + options_.request_timeout);
  LineSplitter lines;
  while (true) {
    const absl::StatusOr<std::string> bytes =
        stream.response().Read(std::min(end, base::In(options_.longest_silence)));
    if (!bytes.ok()) {
      connection_->Doubt(stream);
      return bytes.status();
    }
    if (bytes->empty()) return absl::OkStatus();
    absl::Status taken = lines.Add(*bytes);
    if (taken.ok()) taken = TakeEvents(lines);
    TellObjects();
    if (taken.ok()) continue;
    listed_ = false;
    if (!absl::IsOutOfRange(taken)) {
      base::LogWarning(kLogger,
                       absl::StrCat("The watch of the ", selection_.spoken,
                                    " cannot go on; they are listed anew."),
                       {{"error", std::string(taken.message())}});
    }
    return taken;
  }
}

absl::Status ObjectReflector::TakeEvents(LineSplitter& lines) {
  while (const std::optional<std::string> line = lines.Next()) {
    CS_ASSIGN_OR_RETURN(WatchEvent event, ParseWatchEvent(*line));
    CS_RETURN_IF_ERROR(objects_.Apply(std::move(event)));
  }
  return absl::OkStatus();
}

absl::StatusOr<ApiConnection::Stream> ObjectReflector::Ask(const std::string& url) {
  for (bool refused = false;;) {
    CS_ASSIGN_OR_RETURN(ApiConnection::Stream stream, Open(url));
    Hold(stream);
    absl::Cleanup release = [this] { Release(); };
    const absl::Time deadline = base::In(options_.request_timeout);
    absl::StatusOr<http::ClientResponse> head = stream.response().AwaitHead(deadline);
    if (!head.ok()) {
      connection_->Doubt(stream);
      return head.status();
    }
    if (head->status == 200) {
      std::move(release).Cancel();
      return stream;
    }
    if (head->status == 401 && !std::exchange(refused, true)) {
      connection_->Refuse(stream);
      continue;
    }
    // Too many requests are no reason to make a larger one.
    if (head->status != 429) listed_ = false;
    head->body = ReadBody(stream, kMaxErrorBytes, deadline).value_or("");
    return Explain(ReadApiStatus(*head), selection_.resource);
  }
}

absl::StatusOr<ApiConnection::Stream> ObjectReflector::Open(const std::string& url) {
  ApiConnection::Request request;
  request.path = url;
  request.max_response_bytes = kApiJsonLimits.max_bytes;
  const absl::Time deadline = base::In(options_.request_timeout);
  while (true) {
    const absl::Time slice = std::min(deadline, base::In(kAccessSlice));
    absl::StatusOr<ApiConnection::Stream> stream = connection_->Open(request, slice);
    if (stream.ok() || !absl::IsDeadlineExceeded(stream.status())) return stream;
    if (base::HasPassed(deadline) || IsStopping()) {
      return absl::DeadlineExceededError("the credentials for the API server are not there yet");
    }
  }
}

absl::StatusOr<std::string> ObjectReflector::ReadBody(ApiConnection::Stream& stream,
                                                      size_t max_bytes, absl::Time deadline) {
  std::string body;
  while (true) {
    CS_ASSIGN_OR_RETURN(const std::string bytes, stream.response().Read(deadline));
    if (bytes.empty()) return body;
    if (bytes.size() > max_bytes - body.size()) {
      return absl::ResourceExhaustedError("the API server sent a larger answer than allowed");
    }
    body += bytes;
  }
}

void ObjectReflector::TellObjects() {
  if (objects_.absent() != told_absent_) {
    LogAbsent(selection_, told_absent_, objects_.absent());
    told_absent_ = objects_.absent();
  }
  const bool is_known = told_.has_value() && told_->HasSameObjects(objects_);
  if (is_known && !told_error_.has_value()) return;
  told_ = objects_;
  told_error_.reset();
  watches_->Publish(objects_.Objects());
}

void ObjectReflector::TellError(const absl::Status& why) {
  const absl::Status error = base::Annotate(
      absl::StrCat("reading the ", selection_.spoken, " from ", connection_->server()), why);
  if (told_error_ == error) return;
  told_error_ = error;
  watches_->Publish(error);
}

// So that many who lost one API server do not all come back at the same moment.
void ObjectReflector::Pause(int tries) {
  if (tries == 0) return;
  const absl::Duration longest = std::min(
      options_.longest_pause, options_.first_pause * std::pow(2.0, std::min(tries, 30) - 1));
  absl::MutexLock lock(&mutex_);
  options_.clock->Await(&mutex_, absl::Condition(&stopping_),
                        options_.clock->Now() + longest * absl::Uniform(random_, 0.5, 1.0));
}

void ObjectReflector::Hold(ApiConnection::Stream& stream) {
  absl::MutexLock lock(&mutex_);
  current_ = &stream.response();
  if (stopping_) current_->Cancel();
}

void ObjectReflector::Release() {
  absl::MutexLock lock(&mutex_);
  current_ = nullptr;
}

bool ObjectReflector::IsStopping() const {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

}  // namespace countersign::kube
