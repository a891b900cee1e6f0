/** So many alerts are named in a message; channels refuse what is too long. */
const MOST_NAMED = 10;

const COUNT = "{{ .Alerts.Firing | len }}";
const ONE = "{{ (index .Alerts 0).Annotations.summary }}";

/** One line for each alert, and what to do first. */
const LINES = [
  `{{ range $number, $alert := .Alerts }}{{ if lt $number ${MOST_NAMED} }}`,
  '{{ if eq $alert.Status "resolved" }}over: {{ end }}{{ $alert.Annotations.summary }}\n',
  '{{ if eq $alert.Status "firing" }}{{ $alert.Annotations.description }}\n',
  "do: {{ $alert.Annotations.action }}\n",
  "see: {{ $alert.Annotations.runbook }}\n{{ end }}{{ end }}{{ end }}",
  `{{ if gt (len .Alerts) ${MOST_NAMED} }}and more, {{ len .Alerts }} in all\n{{ end }}`,
].join("");

/** A message about alerts, in Alertmanager's templates. */
export const alertMessage = {
  /** `demo: web fails too often`, or `demo: 50 alerts (page)`, and `over: …` once all have ended. */
  title: [
    '{{ if eq .Status "resolved" }}over: {{ end }}',
    `{{ if eq (len .Alerts) 1 }}${ONE}{{ else }}`,
    "{{ .CommonLabels.stack }}: ",
    `{{ if eq .Status "resolved" }}{{ len .Alerts }}{{ else }}${COUNT}{{ end }} alerts`,
    "{{ with .CommonLabels.severity }} ({{ . }}){{ end }}{{ end }}",
  ].join(""),
  text: LINES,
  /** Of Slack's bar beside it. */
  color:
    '{{ if eq .Status "resolved" }}good{{ else if eq .CommonLabels.severity "page" }}danger{{ else }}warning{{ end }}',
} as const;
