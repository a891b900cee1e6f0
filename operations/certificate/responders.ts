import path from "node:path";
import execa from "execa";
import { instanceRoot } from "../../config/project";
import { failureOf } from "../../host/ask";
import type { EdgeCertificates } from "../../host/edgeCertificates";
import type { Host } from "../../host/host";
import { challengeRecord } from "../../rules/acme/acmeSettings";
import { CHALLENGES } from "../../rules/edge/issuedCertificate";
import type { Responder } from "./order";

/** How long a program may take until the record that it was given can be seen in DNS. */
const HOOK_TIMEOUT_MILLISECONDS = 15 * 60_000;
const OUTPUT_LENGTH = 1_000;

/**
 * Answers at the edge, by plain HTTP. Before an authority is asked to look, the edge is: those that fail too often are
 * limited by it.
 *
 * @param urls where the edge answers, as its host reaches it.
 */
export function httpResponder(
  host: Host,
  certificates: EdgeCertificates,
  urls: readonly string[],
): Responder {
  return {
    kind: "http-01",
    async show(name, token, answer) {
      await certificates.answer(token, answer);
      const asked = CHALLENGES.path + token;
      const answers = await Promise.all(
        urls.map((url) =>
          host.ask(url + asked, { headers: { host: name } }).then(
            ({ status, body }) => (body === answer ? null : `${url}${asked} answered ${status}`),
            (error: unknown) => `${url}${asked} gave ${failureOf(error)}`,
          ),
        ),
      );
      if (answers.includes(null)) return;
      throw new Error(
        `the edge does not answer the authority's challenge: ${answers.join(", ")}; run \`pulumi up\`, and see that the edge runs`,
      );
    },
    async remove(_name, token) {
      await certificates.removeAnswer(token).catch(say);
    },
  };
}

/**
 * Has a program put the answer into DNS: `<hook> present _acme-challenge.example.com. <value>`, and `cleanup` with the
 * same words afterwards, as lego's `exec` provider calls it. It returns once the record can be seen.
 */
export function dnsResponder(hook: string): Responder {
  const program = path.resolve(instanceRoot(), hook);
  const run = async (action: "present" | "cleanup", name: string, value: string) => {
    const { failed, all, message } = (await execa(
      program,
      [action, `${challengeRecord(name)}.`, value],
      { all: true, reject: false, stdin: "ignore", timeout: HOOK_TIMEOUT_MILLISECONDS },
    )) as { failed: boolean; all?: string; message?: string };
    if (!failed) return;
    const why = all?.trim().slice(-OUTPUT_LENGTH) || (message ?? "").split("\n")[0];
    throw new Error(`${hook} ${action} ${challengeRecord(name)} failed: ${why}`);
  };
  return {
    kind: "dns-01",
    show: (name, _token, answer) => run("present", name, answer),
    remove: (name, _token, answer) => run("cleanup", name, answer).catch(say),
  };
}

/** What is left over is no reason to give up a certificate. */
function say(error: unknown): void {
  console.error((error as Error).message);
}
