/** What alerts depend on. */
export interface AlertRuleSettings {
  /** Names of the stack's services. */
  readonly services: readonly string[];
  /** Whether the set to go back to is kept warm. */
  readonly keepsIdleSet: boolean;
}

/** Prometheus' file of recording and alerting rules. */
export function prometheusRules(settings: AlertRuleSettings): string {
  void settings;
  return "groups: []\n";
}
