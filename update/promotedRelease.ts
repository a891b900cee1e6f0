import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../config/settings";
import { promote, type Promotion } from "../release/promotion";
import type { StackOutputs } from "../release/stackOutputs";
import { readOutputs } from "./ownOutputs";

/**
 * The release that the stack takes over from another one; null where it names its own: no promotion, a pinned release,
 * or one rolled back to.
 *
 * @throws PlanError when there is none to take over, or not yet.
 */
export async function promotedRelease(
  { promotion, release, services }: Settings,
  previous: Promise<Partial<StackOutputs>>,
): Promise<Promotion | null> {
  if (promotion === null || Object.keys(release).length > 0) return null;
  const { from } = promotion;
  const name = from.includes("/")
    ? from
    : `${pulumi.getOrganization()}/${pulumi.getProject()}/${from}`;
  const [source, own] = await Promise.all([
    readOutputs(name, ["release", "history", "activeColor", "containerSets", "services"]),
    previous,
  ]);
  const repositories = Object.fromEntries(
    Object.entries(services).map(([service, { repository }]) => [service, repository]),
  );
  const serving = own.release?.digests ?? null;
  return promote({ ...promotion, repositories, serving, now: new Date() }, source);
}
