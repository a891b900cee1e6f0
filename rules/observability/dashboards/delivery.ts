import { METRICS } from "../metricNames";
import { OF_STACK, type Dashboard, type Panel, type Query } from "./dashboard";

const of = (name: string, labels = "") => `${name}{${OF_STACK}${labels}}`;

/** A share with the interval that holds the true one with 90 % confidence. */
function rate(title: string, says: string, name: string): Panel {
  const query = (suffix: string, legend: string): Query => ({
    ...{ expr: of(`${name}_rate${suffix}`), legend, only: "there was a deployment" },
  });
  return {
    ...{ title, says: `${says} Low and high hold the true share with 90 % confidence.` },
    ...{ kind: "graph", unit: "percentunit", width: 12 },
    queries: [query("", "share"), query("_low", "low"), query("_high", "high")],
  };
}

/** A time by the shares of what took no longer. */
function times(
  title: string,
  says: string,
  name: string,
  [high, only]: readonly [high: string, only: string],
): Panel {
  const query = (share: string, legend: string): Query => ({
    ...{ expr: of(name, `,quantile="${share}"`), legend, only },
  });
  return {
    ...{ title, says, kind: "graph", unit: "s", width: 12 },
    queries: [query("0.5", "in the middle"), query(high, `${Number(high) * 100} % within`)],
  };
}

function count(title: string, says: string, name: string): Panel {
  return {
    ...{ title, says, kind: "stat", unit: "short", width: 4 },
    queries: [{ expr: of(name) }],
  };
}

/** How a team delivers: the five figures of dora.dev, as `maestro report` works them out. */
export const DELIVERY: Dashboard = {
  uid: "maestro-delivery",
  title: "Delivery",
  says: "The five figures of dora.dev, from the stack's own events: docs/report.md says how each is worked out.",
  variables: [],
  rows: [
    {
      title: "In the last 90 days",
      panels: [
        count("Deployments", "Releases that users got for the first time.", "maestro_deployments"),
        {
          ...count("A week", "Deployments a week.", "maestro_deployments_per_week"),
        },
        count("Failed, still served", "Users have these now.", "maestro_open_failures"),
        count("Caught", "Rejected before a user had them.", "maestro_caught"),
        count("Rollbacks", "Returns to an earlier release by hand.", "maestro_rollbacks"),
        count(
          "Rejected since success",
          "More than 0: the way to users is blocked.",
          METRICS.rejectedSinceSuccess.name,
        ),
      ],
    },
    {
      title: "Throughput",
      panels: [
        times(
          "Change lead time",
          "From a commit to its first users.",
          "maestro_lead_time_seconds",
          ["0.85", "a deployment had commits that git knows"],
        ),
        times(
          "Failed deployment recovery time",
          "From the first users of a failed release to another one for all.",
          "maestro_recovery_seconds",
          ["0.9", "a deployment failed"],
        ),
        times(
          "From claim to first users",
          "How long an update takes until users have it.",
          "maestro_deploy_seconds",
          ["0.9", "there was a deployment"],
        ),
      ],
    },
    {
      title: "Instability",
      panels: [
        rate(
          "Change fail rate",
          "Deployments from which users were taken off within 24 hours.",
          "maestro_change_fail",
        ),
        rate("Deployment rework rate", "Deployments that were unplanned.", "maestro_rework"),
      ],
    },
  ],
};
