#!/usr/bin/env bash
# Renders the chart as one manifest, for `kubectl apply`. Without arguments it writes deploy/countersign.yaml, which is
# in the repository; with arguments (`--set NAME=VALUE`, `--values FILE`, as helm takes them) it prints.
set -euo pipefail
deploy=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

render() {
  # Without a cluster helm takes the Kubernetes version that it was built for, if it knows.
  "${HELM:-helm}" template countersign "$deploy/chart" --kube-version 1.34.0 "$@"
}

if (($# > 0)); then
  render "$@"
  exit
fi
{
  echo "# Made by deploy/render.sh from the chart, with its default values; docs/install.md says how to apply it."
  echo "# chart: $("$deploy/chart_digest.py" "$deploy/chart")"
  render
} >"$deploy/countersign.yaml.new"
mv "$deploy/countersign.yaml.new" "$deploy/countersign.yaml"
