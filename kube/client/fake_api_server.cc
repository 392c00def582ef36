#include "kube/client/fake_api_server.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace countersign::kube {
namespace {

using base::Json;
using Then = http::ScriptedServer::Answer::Then;

constexpr char kWidgets[] = "/apis/example.org/v1/widgets";

// What follows `name` in the query of `target`, or "".
std::string Text(const std::string& target, const std::string& name) {
  const size_t at = target.find(name);
  if (at == std::string::npos) return "";
  const std::string rest = target.substr(at + name.size());
  return rest.substr(0, rest.find('&'));
}

// The value of `name` in the query of `target`, or 0.
int Parameter(const std::string& target, const std::string& name) {
  int value = 0;
  return absl::SimpleAtoi(Text(target, name + "="), &value) ? value : 0;
}

// The one name that is selected, or "".
std::string SelectedName(const std::string& target) {
  return Text(target, "fieldSelector=metadata.name%3D");
}

std::string Chunk(const std::string& bytes) {
  return absl::StrCat(absl::Hex(bytes.size()), "\r\n", bytes, "\r\n");
}

Json StatusOf(int code, std::string_view reason, std::string_view message) {
  return {{"kind", "Status"},
          {"apiVersion", "v1"},
          {"status", "Failure"},
          {"code", code},
          {"reason", std::string(reason)},
          {"message", std::string(message)}};
}

std::string Ok(const Json& object) { return http::WriteResponse(200, {}, object.dump()); }

}  // namespace

std::string FakeApiServer::Failure(int code, std::string_view reason, std::string_view message) {
  return http::WriteResponse(code, {}, StatusOf(code, reason, message).dump());
}

FakeApiServer::FakeApiServer()
    : server_(std::make_unique<http::ScriptedServer>(
          [this](const std::string& request) { return Serve(request); })) {}

FakeApiServer::~FakeApiServer() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  server_.reset();
}

ClusterConfig FakeApiServer::Config() const {
  absl::MutexLock lock(&mutex_);
  return {.server = absl::StrCat("http://", server_->host()), .token = token_};
}

Json FakeApiServer::ObjectOf(const std::string& name) const {
  const Widget& widget = widgets_.at(name);
  return {{"apiVersion", "example.org/v1"},
          {"kind", "Widget"},
          {"metadata",
           {{"name", name},
            {"resourceVersion", absl::StrCat(widget.version)},
            {"managedFields", Json::array({Json::object()})}}},
          {"spec", widget.spec},
          {"status", widget.status}};
}

void FakeApiServer::AddEvent(std::string_view type, const std::string& name) {
  const Json event = {{"type", std::string(type)}, {"object", ObjectOf(name)}};
  events_.push_back({version_, event.dump() + "\n", name});
}

ObjectSelection FakeApiServer::Widgets() {
  return {.resource = {.group = "example.org",
                       .version = "v1",
                       .plural = "widgets",
                       .kind = "Widget",
                       .kinds = "Widgets"},
          .spoken = "gadgets"};
}

void FakeApiServer::PutWidget(const std::string& name, Json spec) {
  absl::MutexLock lock(&mutex_);
  const bool is_new = !widgets_.contains(name);
  widgets_.insert_or_assign(name, Widget{++version_, std::move(spec), Json::object()});
  AddEvent(is_new ? "ADDED" : "MODIFIED", name);
}

void FakeApiServer::PutWidgetStatus(const std::string& name, Json status) {
  absl::MutexLock lock(&mutex_);
  widgets_.at(name).status = std::move(status);
  widgets_.at(name).version = ++version_;
  AddEvent("MODIFIED", name);
}

void FakeApiServer::RemoveWidget(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  widgets_.at(name).version = ++version_;
  AddEvent("DELETED", name);
  widgets_.erase(name);
}

void FakeApiServer::PutObject(const std::string& path, Json object) {
  absl::MutexLock lock(&mutex_);
  objects_.insert_or_assign(path, std::move(object));
}

void FakeApiServer::RequireToken(std::string token) {
  absl::MutexLock lock(&mutex_);
  token_ = std::move(token);
}

void FakeApiServer::AnswerAll(std::string response) {
  absl::MutexLock lock(&mutex_);
  answer_all_ = std::move(response);
}

void FakeApiServer::SetGone(bool gone) {
  absl::MutexLock lock(&mutex_);
  gone_ = gone;
}

void FakeApiServer::Compact() {
  absl::MutexLock lock(&mutex_);
  compacted_ = version_++;
  events_.push_back(
      {version_,
       Json{{"type", "ERROR"}, {"object", StatusOf(410, "Expired", "too old")}}.dump() + "\n"});
}

void FakeApiServer::SendLine(std::string line) {
  absl::MutexLock lock(&mutex_);
  events_.push_back({++version_, std::move(line) + "\n"});
}

void FakeApiServer::EndWatches() {
  absl::MutexLock lock(&mutex_);
  ++ended_;
}

void FakeApiServer::CutWatches() {
  absl::MutexLock lock(&mutex_);
  ++cut_;
}

std::vector<std::string> FakeApiServer::Requests() const {
  absl::MutexLock lock(&mutex_);
  return requests_;
}

int FakeApiServer::watches() const {
  absl::MutexLock lock(&mutex_);
  return watches_;
}

http::ScriptedServer::Answer FakeApiServer::Serve(const std::string& request) {
  absl::MutexLock lock(&mutex_);
  const std::string line = request.substr(0, request.find(" HTTP/"));
  requests_.push_back(line);
  if (gone_) return {};
  if (!answer_all_.empty()) return {answer_all_};
  if (!token_.empty() &&
      request.find("Authorization: Bearer " + token_ + "\r\n") == std::string::npos) {
    return {Failure(401, "Unauthorized", "Unauthorized"), Then::kKeepAlive};
  }
  return Route(line.substr(line.find(' ') + 1));
}

http::ScriptedServer::Answer FakeApiServer::Route(const std::string& target) {
  if (const auto found = objects_.find(target); found != objects_.end()) {
    return {Ok(found->second), Then::kKeepAlive};
  }
  if (!target.starts_with(kWidgets)) {
    return {Failure(404, "NotFound", "not found"), Then::kKeepAlive};
  }
  if (Parameter(target, "watch") == 0) return {List(target), Then::kKeepAlive};
  const Watched watched = {.name = SelectedName(target),
                           .from = Parameter(target, "resourceVersion"),
                           .ended = ended_,
                           .cut = cut_};
  if (watched.from <= compacted_) return {Failure(410, "Expired", "too old resource version")};
  ++watches_;
  return {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Then::kClose,
          [this, watched](const Answer::Send& send) { Follow(send, watched); }};
}

// "continue" is how many were given already.
std::string FakeApiServer::List(const std::string& target) const {
  const int skip = Parameter(target, "continue");
  const int limit = std::max(1, Parameter(target, "limit"));
  Json items = Json::array();
  int at = 0;
  const std::string selected = SelectedName(target);
  for (const auto& [name, widget] : widgets_) {
    if (!selected.empty() && name != selected) continue;
    if (at >= skip && at < skip + limit) items.push_back(ObjectOf(name));
    ++at;
  }
  Json metadata = {{"resourceVersion", absl::StrCat(version_)}};
  if (at > skip + limit) metadata["continue"] = absl::StrCat(skip + limit);
  return Ok({{"kind", "WidgetList"},
             {"apiVersion", "example.org/v1"},
             {"metadata", metadata},
             {"items", items}});
}

bool FakeApiServer::HasNews(size_t sent, const Watched& watched) const {
  return stopping_ || sent < events_.size() || ended_ != watched.ended || cut_ != watched.cut;
}

void FakeApiServer::Follow(const Answer::Send& send, const Watched& watched) {
  size_t sent = 0;
  absl::MutexLock lock(&mutex_);
  const auto news = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return HasNews(sent, watched); };
  while (true) {
    mutex_.Await(absl::Condition(&news));
    if (stopping_ || cut_ != watched.cut) return;
    std::string bytes;
    for (; sent < events_.size(); ++sent) {
      const Event& event = events_[sent];
      const bool is_selected =
          watched.name.empty() || event.name.empty() || event.name == watched.name;
      if (event.version > watched.from && is_selected) bytes += Chunk(event.line);
    }
    if (ended_ != watched.ended) bytes += "0\r\n\r\n";
    if (!send(bytes) || ended_ != watched.ended) return;
  }
}

}  // namespace countersign::kube
