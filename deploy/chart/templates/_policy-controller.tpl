{{/* Of each object in the schemas of what its author writes. The API server would otherwise drop a member that it does */}}
{{/* not know without a word, and what is left may ask for less: so it is kept, for the webhook to refuse and for the */}}
{{/* verifier to see. */}}
{{- define "countersign.object" -}}
type: object
x-kubernetes-preserve-unknown-fields: true
{{- end }}

{{/* A name, and the namespace of it. (list DESCRIPTION) */}}
{{- define "countersign.namespacedReference" -}}
description: {{ . }}
{{ include "countersign.object" . }}
properties:
  name: {type: string}
  namespace: {type: string}
{{- end }}

{{/* A public key: ClusterImagePolicy's KeyRef. */}}
{{- define "countersign.keyReference" -}}
{{ include "countersign.object" . }}
properties:
  data:
    description: The key as one PEM block "PUBLIC KEY".
    type: string
  kms:
    description: "The URI of a key that a key management service has: awskms://, azurekms://, gcpkms:// or hashivault://."
    type: string
  hashAlgorithm:
    description: "The digest that is signed: sha256, which it is if nothing is said, sha224, sha384 or sha512."
    type: string
  secretRef:
    {{- include "countersign.namespacedReference" "A Secret with one entry, the PEM, in the namespace of the installation." | nindent 4 }}
{{- end }}

{{/* A rule about an attestation, or about all that was found: ClusterImagePolicy's Policy. */}}
{{- define "countersign.rule" -}}
{{ include "countersign.object" . }}
properties:
  type:
    description: The language, rego or cue.
    type: string
  data:
    description: The rule itself.
    type: string
  configMapRef:
    description: The entry of a ConfigMap that holds it.
    {{- include "countersign.object" . | nindent 4 }}
    properties:
      name: {type: string}
      namespace: {type: string}
      key: {type: string}
  remote:
    description: Where it can be fetched, and the SHA-256 of what is there, in hexadecimal.
    {{- include "countersign.object" . | nindent 4 }}
    properties:
      url: {type: string}
      sha256sum: {type: string}
  fetchConfigFile:
    description: Give it the image's configuration.
    type: boolean
  includeSpec:
    description: Give it the object's spec.
    type: boolean
  includeObjectMeta:
    description: Give it the object's metadata.
    type: boolean
  includeTypeMeta:
    description: Give it the object's apiVersion and kind.
    type: boolean
{{- end }}

{{/* What the verifiers write, in the form that the Policy Controller has. DESCRIPTION */}}
{{- define "countersign.conditionsStatus" -}}
description: {{ . }}
type: object
x-kubernetes-preserve-unknown-fields: true
properties:
  observedGeneration:
    description: The metadata.generation that the rest is about.
    type: integer
    format: int64
  conditions:
    type: array
    items:
      type: object
      x-kubernetes-preserve-unknown-fields: true
      required: [type, status]
      properties:
        type: {type: string}
        status: {type: string}
        reason: {type: string}
        message: {type: string}
        severity: {type: string}
        lastTransitionTime: {type: string}
{{- end }}

{{/* The columns about the condition Ready. */}}
{{- define "countersign.readyColumns" -}}
- name: Ready
  type: string
  description: Whether all of it is in force.
  jsonPath: .status.conditions[?(@.type=="Ready")].status
- name: Reason
  type: string
  description: Why it is not.
  jsonPath: .status.conditions[?(@.type=="Ready")].reason
  priority: 1
{{- end }}

{{/* ClusterImagePolicy, the same in each of its versions. */}}
{{- define "countersign.imagePolicySchema" -}}
description: >-
  Says which container images may run. All policies whose globs match an image must hold for it, in the namespaces that
  ask for them.
{{ include "countersign.object" . }}
properties:
  apiVersion: {type: string}
  kind: {type: string}
  metadata: {type: object}
  spec:
    {{- include "countersign.object" . | nindent 4 }}
    properties:
      images:
        description: Which images the policy is for.
        type: array
        items:
          {{- include "countersign.object" . | nindent 10 }}
          properties:
            glob:
              description: Matches names, where * stands for any characters but /, and ** for any.
              type: string
      match:
        description: Which objects the policy is for; all, if nothing is said. One entry is enough.
        type: array
        items:
          {{- include "countersign.object" . | nindent 10 }}
          properties:
            group: {type: string}
            version: {type: string}
            resource:
              description: "Plural and lower case: deployments."
              type: string
            selector:
              description: The object's own labels.
              {{- include "countersign.object" . | nindent 14 }}
              properties:
                matchLabels:
                  type: object
                  x-kubernetes-preserve-unknown-fields: true
                matchExpressions:
                  type: array
                  items:
                    {{- include "countersign.object" . | nindent 20 }}
                    properties:
                      key: {type: string}
                      operator: {type: string}
                      values:
                        type: array
                        items: {type: string}
      mode:
        description: "enforce, which it is if nothing is said, or warn: what does not hold is admitted with a warning."
        type: string
      policy:
        description: A rule about all that the authorities have found.
        {{- include "countersign.rule" . | nindent 8 }}
      authorities:
        description: Who may vouch for the images. One of them is enough.
        type: array
        items:
          {{- include "countersign.authoritySchema" . | nindent 10 }}
  status:
    {{- include "countersign.conditionsStatus" "Whether the policy is in force; the verifiers write it." | nindent 4 }}
{{- end }}

{{/* One of ClusterImagePolicy's authorities. */}}
{{- define "countersign.authoritySchema" -}}
{{ include "countersign.object" . }}
properties:
  name:
    description: What rules and messages call it; authority- and its number, if nothing is said.
    type: string
  key:
    description: A public key.
    {{- include "countersign.keyReference" . | nindent 4 }}
  keyless:
    description: Identities in certificates that a certificate authority gives out for minutes.
    {{- include "countersign.object" . | nindent 4 }}
    properties:
      url:
        description: Of the certificate authority.
        type: string
      ca-cert:
        description: "Never verifies anything: put the certificate into a TrustRoot."
        {{- include "countersign.keyReference" . | nindent 8 }}
      identities:
        description: One of them is enough.
        type: array
        items:
          {{- include "countersign.object" . | nindent 10 }}
          properties:
            issuer: {type: string}
            issuerRegExp: {type: string}
            subject: {type: string}
            subjectRegExp: {type: string}
      insecureIgnoreSCT:
        description: Do without a proof that the certificate was published.
        type: boolean
      trustRootRef:
        description: The TrustRoot that has the certificate authority.
        type: string
  static:
    description: Decides without looking at anything.
    {{- include "countersign.object" . | nindent 4 }}
    properties:
      action:
        description: pass or fail.
        type: string
      message:
        description: What is said where it fails.
        type: string
  source:
    description: Where signatures and attestations lie, if not beside the image; one at most.
    type: array
    items:
      {{- include "countersign.object" . | nindent 6 }}
      properties:
        oci:
          description: A repository; or a registry, in which the path is the image's.
          type: string
        tagPrefix:
          description: What stands before the tags of signatures.
          type: string
        signaturePullSecrets:
          description: Secrets in the workload's namespace.
          type: array
          items:
            {{- include "countersign.object" . | nindent 12 }}
            properties:
              name: {type: string}
  ctlog:
    description: The log that the signature must be in.
    {{- include "countersign.object" . | nindent 4 }}
    properties:
      url: {type: string}
      trustRootRef:
        description: The TrustRoot that has the log.
        type: string
  rfc3161timestamp:
    description: The authority that must have said when it was signed.
    {{- include "countersign.object" . | nindent 4 }}
    properties:
      trustRootRef:
        description: The TrustRoot that has the timestamp authority.
        type: string
  attestations:
    description: What must be attested, in the place of a signature. All of them.
    type: array
    items:
      {{- include "countersign.object" . | nindent 6 }}
      properties:
        name:
          description: What rules and messages call it.
          type: string
        predicateType:
          description: A URI, or one of cosign's short names.
          type: string
        policy:
          description: A rule about it.
          {{- include "countersign.rule" . | nindent 10 }}
  signatureFormat:
    description: legacy or bundle; both are looked for in either case.
    type: string
{{- end }}

{{/* Where the key of such a URI is mounted: the same file whatever keys there are beside it, so that no verifier that has */}}
{{/* not been replaced yet reads another's. URI */}}
{{- define "countersign.kmsKeyFile" -}}
{{ sha256sum . | trunc 32 }}.pem
{{- end }}

{{/* Not empty if there are such keys, and somebody who uses them. */}}
{{- define "countersign.kmsPublicKeys" -}}
{{- if and .Values.policyController.enabled .Values.policyController.kmsPublicKeys }}some{{ end -}}
{{- end }}

{{/* Refuses what is not one PEM public key, without a word of it. (list TEXT VALUE'S-NAME) */}}
{{- define "countersign.checkPublicKey" -}}
{{- $block := "-----BEGIN (RSA )?PUBLIC KEY-----\\s*M[A-Za-z0-9+/=\\r\\n]+-----END (RSA )?PUBLIC KEY-----" -}}
{{- $text := index . 0 -}}
{{- if or (ne (len (regexFindAll $block $text -1)) 1) (contains "-----BEGIN " (regexReplaceAll $block $text "")) -}}
{{- fail (printf "%s: is not one PEM public key and nothing else (a private key, a certificate, a broken block)" (index . 1)) -}}
{{- end -}}
{{- end }}
