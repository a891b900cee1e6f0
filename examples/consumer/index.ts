import * as pulumi from "@pulumi/pulumi";
import { readMaestro } from "../../outputs";

/** What a monitoring system has to know about a maestro stack: which addresses to probe, and what should answer there. */
export default function main(): pulumi.Inputs {
  const { services, release, history } = readMaestro(new pulumi.Config().require("source"));
  return {
    targets: services.apply((all) =>
      Object.entries(all).map(([service, { url, image }]) => ({ service, url, image })),
    ),
    releaseId: release.id,
    releasedBy: history.apply(([latest]) => latest?.by ?? "nobody"),
  };
}
