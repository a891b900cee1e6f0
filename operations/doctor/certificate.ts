import { daysLeft, findCertificateProblems } from "../../rules/edge/certificate";
import { good, inParts, type Examination } from "./examination";

const FEW_DAYS = 14;

/** How long browsers take the edge's certificate. */
export const certificate: Examination = {
  name: "certificate",
  async look({ settings: { edge }, host }) {
    const { tls } = edge;
    if (tls === null) return [];
    const { files } = await host();
    const [content, key] = await Promise.all([
      files.read(tls.certificateFile),
      files.read(tls.keyFile),
    ]);
    const now = Date.now();
    const problems = findCertificateProblems({ certificate: content, key }, tls, now);
    if (problems.length > 0 || content === null) {
      const means = "browsers refuse it, and the next update does";
      return problems.map((problem) => ({ condition: "bad", means, ...inParts(problem) }));
    }
    const days = daysLeft(content, now);
    if (days > FEW_DAYS) return good(`${days} days left`);
    return [
      {
        condition: "warning",
        says: `${days} days left`,
        means: "browsers refuse it then",
        mend: `renew ${tls.certificateFile}, then pulumi up`,
      },
    ];
  },
};
