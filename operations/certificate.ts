import * as path from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import { stateRoot } from "../config/paths";
import { instanceRoot, packageRoot, stackPrefix } from "../config/project";
import type { Settings } from "../config/settings";
import { withHost } from "../host/connectHost";
import { BusyError } from "../host/edgeCertificates";
import type { Host } from "../host/host";
import { HostDirectory } from "../host/hostDirectory";
import { renderRenewalTimer, renderRenewalUnit } from "../rules/acme/renewalUnit";
import { listenUrl } from "../rules/edge/listenUrl";
import { noteEvent } from "../steps/shared/noteEvent";
import type { IssuingStack, RenewalOutlook, RenewalResult } from "./certificate/renew";
import { formatCertificate, lookAtCertificate } from "./certificate/show";
import { addReason, admitChange, recordChangeIn } from "./shared/beginChange";
import { examplesOf } from "./shared/examples";
import { DEFAULT_STACK, readStackSettings } from "./shared/stackFile";
import { addSubcommand } from "./shared/subcommand";
import { tellOf } from "./shared/tellOf";

interface RenewOptions {
  readonly stack: string;
  readonly now?: boolean;
  readonly preview?: boolean;
  readonly onHost?: boolean;
  readonly json?: boolean;
  readonly reason?: string;
}

/** `certificate`: what the edge shows to browsers, and has an authority renew it. */
export async function main(argv: string[]): Promise<number> {
  const program = new Command("certificate").description(
    "Shows the edge's certificate, and has an authority issue and renew it (maestro:edge.tls.acme).",
  );
  let exitCode = 0;
  addSubcommand(
    program,
    "show",
    "Shows the certificate, how long it is good and when it is due.",
  ).action(async ({ stack, json }: { stack: string; json?: boolean }) => {
    const found = await lookAtCertificate(stack, readStackSettings(stack));
    console.log(json ? JSON.stringify(found) : formatCertificate(found));
    exitCode = found.isWell ? 0 : 1;
  });
  addReason(program.command("renew"))
    .description(
      "Has the certificate issued where it is due: the first one, 30 days before the end, for other names, by another authority.",
    )
    .option("--stack <name>", "stack whose edge it is", DEFAULT_STACK)
    .option("--now", "issue it though it is not due")
    .option("--preview", "only show what would be done")
    .option("--on-host", "this machine is the stack's host, whatever maestro:host says")
    .option("--json", "print JSON")
    .addHelpText("after", examplesOf("certificate renew"))
    .action(renew);
  program
    .command("unit")
    .description("Prints a unit of systemd that renews it on the stack's host, or its timer.")
    .option("--stack <name>", "stack whose edge it is", DEFAULT_STACK)
    .option("--timer", "print the timer: twice a day, at a time of the host's own")
    .addHelpText("after", examplesOf("certificate unit"))
    .action(({ stack, timer }: { stack: string; timer?: boolean }) => {
      process.stdout.write(timer ? renderRenewalTimer({ stack }) : unitOf(stack));
    });
  await program.parseAsync(argv, { from: "user" });
  return exitCode;
}

function unitOf(stack: string): string {
  return renderRenewalUnit({
    stack,
    program: [process.execPath, path.join(packageRoot(), "bin/maestro.js")],
    root: instanceRoot(),
    writes: [readStackSettings(stack).directory, stateRoot()],
  });
}

async function renew(options: RenewOptions): Promise<void> {
  const { stack, now = false, preview = false } = options;
  const begun = await admitChange("certificate renew", options);
  const given = readStackSettings(stack);
  const settings = options.onHost ? { ...given, host: null } : given;
  const { lookAtRenewal, renewCertificate } = await import("./certificate/renew");
  await withHost(settings.host, async (host) => {
    const issuing = await issuingStack(host, stack, settings);
    const outlook = await lookAtRenewal(issuing);
    const isAnything = now || outlook.decision.isDue || !outlook.isServed;
    if (preview || !isAnything) return tell(options, outlook, null);
    const { records } = new HostDirectory(host, settings.directory);
    // A timer looks twice a day: that there was nothing to do is no news.
    if (begun !== null) await recordChangeIn(records, begun);
    let result: RenewalResult | null;
    try {
      result = await renewCertificate(issuing, now);
    } catch (error) {
      // Whoever is at work tells how that ends.
      if (error instanceof BusyError) throw error;
      const reason = `${outlook.decision.because}; ${(error as Error).message}`;
      await tellOf(stack, settings, { kind: "certificate not renewed", reason });
      throw error;
    }
    if (result !== null) {
      await noteEvent(records, { kind: "certificate renewed", reason: say(result) });
    }
    tell(options, outlook, result);
  });
}

async function issuingStack(host: Host, stack: string, settings: Settings): Promise<IssuingStack> {
  const { edge, directory } = settings;
  const acme = edge.tls?.acme;
  if (!acme) {
    throw new Error(
      "edge.tls.acme: is missing, so nobody issues the edge's certificate; set it, or renew the files of edge.tls yourself",
    );
  }
  const { records } = new HostDirectory(host, directory);
  const known = (await records.readEdge())?.urls ?? [listenUrl(edge.listen)];
  return { host, acme, edge: { prefix: stackPrefix(stack), directory, urls: known } };
}

function tell(
  { stack, json, preview = false, now = false }: RenewOptions,
  { decision, held, isServed }: RenewalOutlook,
  result: RenewalResult | null,
): void {
  if (json) {
    const certificate = result?.certificate ?? held;
    console.log(JSON.stringify({ stack, ...decision, isServed, preview, result, certificate }));
    return;
  }
  const is = `${pc.bold(stack)}: ${decision.because}`;
  if (result !== null) console.log(`${pc.bold(stack)}: ${say(result)}`);
  else if (!decision.isDue && !now) {
    console.log(isServed ? is : `${is}; the edge would be told to take it`);
  } else console.log(`${is}; a new certificate would be issued`);
}

function say({ certificate, isIssued, isLoaded }: RenewalResult): string {
  const { names, issuer, to } = certificate;
  const what = `${isIssued ? "issued" : "taken"}: a certificate of ${issuer} for ${names.join(", ")}, good until ${new Date(to).toISOString()}`;
  return isLoaded ? what : `${what}; the edge does not run, and starts with it`;
}
