import * as path from "node:path";
import { readCertificate } from "../../rules/acme/renewal";
import { daysLeft, findCertificateProblems } from "../../rules/edge/certificate";
import { ISSUED } from "../../rules/edge/issuedCertificate";
import { good, inParts, type Examination, type Finding } from "./examination";

const FEW_DAYS = 14;
const DAY_MILLISECONDS = 86_400_000;

/** How long browsers take the edge's certificate. */
export const certificate: Examination = {
  name: "certificate",
  async look({ stack, settings: { edge, directory }, host }) {
    const { tls } = edge;
    if (tls === null) return [];
    const { files } = await host();
    const now = Date.now();
    if (tls.files === null) {
      const issued = await files.read(path.posix.join(directory, "edge", ISSUED.public));
      return lookAtIssued(issued, `maestro certificate renew --stack ${stack}`, now);
    }
    const [content, key] = await Promise.all([
      files.read(tls.files.certificateFile),
      files.read(tls.files.keyFile),
    ]);
    const problems = findCertificateProblems({ certificate: content, key }, tls.files, now);
    if (problems.length > 0 || content === null) {
      const means = "browsers refuse it, and the next update does";
      return problems.map((problem) => ({ condition: "bad", means, ...inParts(problem) }));
    }
    return lookAtDays(content, `renew ${tls.files.certificateFile}, then pulumi up`, now);
  },
};

/** One that an authority issues: no update waits for it. */
function lookAtIssued(content: Buffer | null, mend: string, now: number): Finding[] {
  if (content === null) {
    const says = "none has been issued yet";
    return [{ condition: "bad", says, means: "the edge refuses all TLS", mend }];
  }
  const { from, to } = readCertificate(content);
  // Some live for six days: half of the time in which it is due.
  const few = Math.min(FEW_DAYS, (to - from) / 6 / DAY_MILLISECONDS);
  return to <= now
    ? [{ condition: "bad", says: "it has ended", means: "browsers refuse it", mend }]
    : lookAtDays(content, mend, now, few);
}

function lookAtDays(content: Buffer, mend: string, now: number, few = FEW_DAYS): Finding[] {
  const days = daysLeft(content, now);
  const says = `${days} days left`;
  return days > few
    ? good(says)
    : [{ condition: "warning", says, means: "browsers refuse it then", mend }];
}
