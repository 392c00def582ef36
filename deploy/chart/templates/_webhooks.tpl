{{/* A value that is "off" or another word: YAML reads a bare off as false. */}}
{{- define "countersign.word" -}}
{{- $word := toString . -}}
{{- if eq $word "false" }}off{{ else }}{{ $word }}{{ end -}}
{{- end }}

{{/* Of the two configurations that can keep pods from starting: by it one command finds both. */}}
{{- define "countersign.admissionLabel" -}}
countersign/admission: images
{{- end }}

{{/* The names' and paths' endings of the webhooks of such a configuration, as JSON: the second, where namespaces may */}}
{{/* have their images left as they are written, is for those. */}}
{{- define "countersign.webhookVariants" -}}
{{- $pins := ne (include "countersign.word" .Values.image_pinning) "off" -}}
{{- if and $pins .Values.image_pinning_opt_out }}["", "unpinned"]{{ else }}[""]{{ end -}}
{{- end }}

{{/* The clientConfig of a webhook that the shim answers. (list PATH .) */}}
{{- define "countersign.webhookClient" -}}
{{- with (index . 1).Values.webhook.caBundle -}}
caBundle: {{ . | b64enc }}
{{ end -}}
service:
  name: image-policy-webhook-service
  namespace: {{ include "countersign.namespace" (index . 1) }}
  path: {{ index . 0 }}
  port: 443
{{- end }}

{{/* Which namespaces a webhook is for. (list VARIANT .) */}}
{{- define "countersign.webhookNamespaces" -}}
{{- $values := (index . 1).Values -}}
# Countersign must be able to start when it does not run yet, and so must what it needs to start.
matchExpressions:
  - key: kubernetes.io/metadata.name
    operator: NotIn
    values: {{ prepend $values.webhook.exemptNamespaces $values.deployment_namespace | uniq | toJson }}
  {{- if eq (include "countersign.webhookVariants" (index . 1) | fromJsonArray | len) 2 }}
  - key: countersign/pin
    operator: {{ ternary "In" "NotIn" (eq (index . 0) "unpinned") }}
    values: ["off"]
  {{- end }}
{{- end }}

{{/* What makes Pods, beside Pods. */}}
{{- define "countersign.templateRules" -}}
- apiGroups: [""]
  apiVersions: [v1]
  operations: [CREATE, UPDATE]
  resources: [replicationcontrollers]
  scope: Namespaced
- apiGroups: [apps]
  apiVersions: [v1]
  operations: [CREATE, UPDATE]
  resources: [deployments, replicasets, statefulsets, daemonsets]
  scope: Namespaced
- apiGroups: [batch]
  apiVersions: [v1, v1beta1]
  operations: [CREATE, UPDATE]
  resources: [jobs, cronjobs]
  scope: Namespaced
{{- range .Values.webhook.extraKinds }}
- apiGroups: [{{ .group | quote }}]
  apiVersions: {{ .versions | toJson }}
  operations: [CREATE, UPDATE]
  resources: [{{ .resource | quote }}]
  scope: Namespaced
{{- end }}
{{- end }}

{{- define "countersign.podRules" -}}
- apiGroups: [""]
  apiVersions: [v1]
  operations: [CREATE, UPDATE]
  resources: [pods, pods/ephemeralcontainers]
  scope: Namespaced
{{- end }}

{{- define "countersign.notBeingDeleted" -}}
# What is being deleted starts no container any more, and must be able to go. Only what is stored tells: a new
# object may claim anything. The shim itself admits these, too.
- name: not-being-deleted
  expression: >-
    request.operation != 'UPDATE' || !has(oldObject.metadata.deletionTimestamp)
{{- end }}

{{/* The validating configurations that there are, as JSON. */}}
{{- define "countersign.validatingConfigurations" -}}
{{- $names := list -}}
{{- if .Values.webhook.validation.enabled }}{{ $names = append $names "image-policy-validating-webhook-configuration" }}{{ end -}}
{{- if ne (include "countersign.word" .Values.webhook.validateFinal) "off" }}{{ $names = append $names "image-policy-final-webhook-configuration" }}{{ end -}}
{{- $names | toJson -}}
{{- end }}
