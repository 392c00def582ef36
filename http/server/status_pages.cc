#include "http/server/status_pages.h"

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/process_metrics.h"
#include "base/status_macros.h"
#include "base/version.h"
#include "http/server/certificate_metrics.h"

namespace countersign::http {

void AddStatusFlag(CLI::App* app, std::string* listen) {
  app->add_option("--status-listen", *listen,
                  "Address and port to serve /livez, /readyz and /metrics on, by plain HTTP. Off "
                  "unless given.")
      ->type_name("ADDRESS")
      ->group("Serving");
}

absl::StatusOr<std::unique_ptr<StatusServer>> StartStatusPages(const StatusPages& pages,
                                                               base::Metrics* metrics) {
  if (pages.listen.empty()) return nullptr;
  metrics
      ->Gauge("countersign_build_info", "Always 1; which program and version this is.",
              {{"program", pages.program}, {"version", std::string(base::kVersion)}})
      .Set(1);
  base::AddProcessMetrics(metrics);
  for (const auto& [use, file] : pages.certificates) AddCertificateMetric(use, file, metrics);
  CS_ASSIGN_OR_RETURN(
      std::unique_ptr<StatusServer> server,
      StatusServer::Start({.listen = pages.listen,
                           .check_readiness = pages.check_readiness,
                           .write_metrics = [metrics] { return metrics->WriteText(); }}));
  server->AddMetrics(metrics);
  return server;
}

void LogServing(std::string_view logger, const std::string& address, int port,
                const StatusServer* status_server, const StatuszServer* statusz_server) {
  base::LogFields fields = {{"address", address}, {"port", absl::StrCat(port)}};
  if (status_server != nullptr) {
    fields.emplace_back("status_port", absl::StrCat(status_server->port()));
  }
  if (statusz_server != nullptr) {
    fields.emplace_back("statusz_port", absl::StrCat(statusz_server->port()));
  }
  base::LogInfo(logger, "Serving.", fields);
}

}  // namespace countersign::http
