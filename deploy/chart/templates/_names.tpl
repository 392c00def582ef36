{{- define "countersign.labels" -}}
app.kubernetes.io/name: countersign
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Of a pod template: its selector's, and all others. (list "shim" .Values.shim .) */}}
{{- define "countersign.podLabels" -}}
{{- $top := index . 2 -}}
{{ include "countersign.selector" (list (index . 0) $top) }}
app.kubernetes.io/version: {{ $top.Chart.AppVersion | quote }}
{{- with merge (deepCopy (index . 1).podLabels) $top.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Of the pods of one Deployment; selectors cannot be changed, so these stay as they are. (list "shim" .) */}}
{{- define "countersign.selector" -}}
app.kubernetes.io/name: countersign
app.kubernetes.io/component: {{ index . 0 }}
{{- end }}

{{- define "countersign.namespace" -}}
{{ .Values.deployment_namespace }}
{{- end }}

{{/* The reference of an image. (list .Values.shim.image .) */}}
{{- define "countersign.image" -}}
{{- $image := index . 0 -}}
{{- $top := index . 1 -}}
{{- with $top.Values.image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $top.Values.image.tag | default $top.Chart.AppVersion }}{{ end -}}
{{- end }}

{{/* Number of pods of the shim or the verifier. (list .Values.shim .) */}}
{{- define "countersign.replicas" -}}
{{- $own := (index . 0).replicas -}}
{{- if kindIs "invalid" $own }}{{ (index . 1).Values.replicas }}{{ else }}{{ $own }}{{ end -}}
{{- end }}

{{/* The most pods there can be of the shim or the verifier. (list .Values.shim .) */}}
{{- define "countersign.mostReplicas" -}}
{{- $top := index . 1 -}}
{{- $replicas := include "countersign.replicas" . | int -}}
{{- if $top.Values.autoscaling.enabled }}{{ max $replicas (int $top.Values.autoscaling.maxReplicas) }}{{ else }}{{ $replicas }}{{ end -}}
{{- end }}

{{/* Requests and limits of the shim or the verifier. (list .Values.shim .) */}}
{{- define "countersign.resources" -}}
{{- $own := index . 0 -}}
{{- $values := (index . 1).Values -}}
{{- if $own.resources }}{{ toYaml $own.resources }}{{ else -}}
limits:
  cpu: {{ $values.limits_cpu | quote }}
  memory: {{ $values.limits_memory | default $own.memoryLimit | quote }}
requests:
  cpu: {{ $values.requests_cpu | quote }}
  memory: {{ $values.requests_memory | quote }}
{{- end -}}
{{- end }}

{{/* A number of bytes; YAML makes a float of a large one. */}}
{{- define "countersign.bytes" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ int64 . }}{{ end -}}
{{- end }}

{{- define "countersign.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
readOnlyRootFilesystem: true
{{- end }}

{{/* Secrets for pulling our own images. */}}
{{- define "countersign.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The nodes that the images are for. .Values.shim */}}
{{- define "countersign.nodeSelector" -}}
nodeSelector:
  {{- merge (deepCopy .nodeSelector) (dict "kubernetes.io/os" "linux") | toYaml | nindent 2 }}
{{- end }}

{{/* The network of pods, and how they find names: as they are written, before the cluster's domains are put behind them,
     where a Service of somebody's might have the name of a registry. .Values.shim */}}
{{- define "countersign.network" -}}
dnsConfig:
  options:
    - {name: ndots, value: "1"}
{{- with .dnsPolicy | default (ternary "ClusterFirstWithHostNet" "" (default false .hostNetwork)) }}
dnsPolicy: {{ . }}
{{- end }}
{{- if .hostNetwork }}
hostNetwork: true
{{- end }}
{{- end }}

{{/* How pods are replaced: a new one is ready before an old one ends, where both may have their ports on one node.
     .Values.shim */}}
{{- define "countersign.rollingUpdate" -}}
rollingUpdate: {{ if .hostNetwork }}{maxSurge: 0, maxUnavailable: 1}{{ else }}{maxSurge: 1, maxUnavailable: 0}{{ end }}
{{- end }}

{{/* Refuses what is no PEM certificates, as the verifier would, without a word of it. (list TEXT VALUE'S-NAME) */}}
{{- define "countersign.checkCertificates" -}}
{{- $block := "-----BEGIN CERTIFICATE-----\\s*M[A-Za-z0-9+/=\\r\\n]+-----END CERTIFICATE-----" -}}
{{- $text := index . 0 -}}
{{- if contains "-----BEGIN " (regexReplaceAll $block $text "") -}}
{{- fail (printf "%s: holds something else than whole PEM certificates (a private key, a broken block)" (index . 1)) -}}
{{- end -}}
{{- if not (regexMatch $block $text) -}}
{{- fail (printf "%s: holds no PEM certificate" (index . 1)) -}}
{{- end -}}
{{- end }}

{{/* Where pods may run. (list .Values.shim "shim" .) */}}
{{- define "countersign.placement" -}}
{{- $own := index . 0 -}}
{{- $component := index . 1 -}}
{{- $top := index . 2 -}}
{{ include "countersign.nodeSelector" $own }}
{{- with $own.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if $top.Values.topologySpread.enabled }}
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: {{ $top.Values.topologySpread.whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "countersign.selector" (list $component $top) | nindent 8 }}
  {{- end }}
{{- end }}
{{- with $top.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* The probes that both processes answer on their status port. */}}
{{- define "countersign.probes" -}}
startupProbe:
  httpGet: {path: /livez, port: status}
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /livez, port: status}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /readyz, port: status}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 2
{{- end }}

{{/* What of a Secret is mounted; without one of the entries a pod does not start. (list SECRET ENTRY...) */}}
{{- define "countersign.certificateVolume" -}}
secret:
  secretName: {{ first . }}
  defaultMode: 0440
  items:
    {{- range rest . }}
    - {key: {{ . }}, path: {{ . }}}
    {{- end }}
{{- end }}
