#include "http/client/replaceable_client.h"

#include <memory>
#include <thread>

#include "absl/synchronization/notification.h"
#include "base/eventually.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace countersign::http {
namespace {

// Answers with its own status code, once it may.
class NumberedClient final : public Client {
 public:
  explicit NumberedClient(int status, absl::Notification* destroyed = nullptr)
      : status_(status), destroyed_(destroyed) {}
  ~NumberedClient() override {
    if (destroyed_ != nullptr) destroyed_->Notify();
  }

  absl::StatusOr<ClientResponse> Send(const ClientRequest& request, absl::Time) override {
    if (request.url == "hang") {
      entered.Notify();
      EXPECT_TRUE(base::Await(go_on));
    }
    return ClientResponse{.status = status_};
  }

  absl::Notification entered;
  absl::Notification go_on;

 private:
  const int status_;
  absl::Notification* const destroyed_;
};

int Ask(Client& client, const char* url = "") {
  return client.Send({.url = url}, absl::InfiniteFuture())->status;
}

TEST(ReplaceableClient, AsksTheNewOne) {
  ReplaceableClient client(std::make_shared<NumberedClient>(1));
  EXPECT_EQ(Ask(client), 1);
  client.Replace(std::make_shared<NumberedClient>(2));
  EXPECT_EQ(Ask(client), 2);
}

TEST(ReplaceableClient, ARequestInProgressEndsWithTheOldOneWhichThenGoes) {
  absl::Notification destroyed;
  auto old = std::make_shared<NumberedClient>(1, &destroyed);
  NumberedClient* const hanging = old.get();
  ReplaceableClient client(std::move(old));
  std::thread asking([&client] { EXPECT_EQ(Ask(client, "hang"), 1); });
  EXPECT_TRUE(base::Await(hanging->entered));
  client.Replace(std::make_shared<NumberedClient>(2));
  EXPECT_EQ(Ask(client), 2);
  EXPECT_FALSE(destroyed.HasBeenNotified());
  hanging->go_on.Notify();
  asking.join();
  EXPECT_TRUE(destroyed.HasBeenNotified());
}

}  // namespace
}  // namespace countersign::http
