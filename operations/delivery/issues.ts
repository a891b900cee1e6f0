/** What an issue says. The body is Markdown, and begins with a mark by which it is found again. */
export interface IssueText {
  readonly title: string;
  readonly body: string;
}

/** An issue, by the number that people see. */
export interface Issue extends IssueText {
  readonly number: number;
}

/** Where issues are kept. Each of these throws what the server has answered. */
export interface IssueTracker {
  /** All open ones, oldest first, from all pages. */
  openIssues(): AsyncIterable<Issue>;
  /** Number of the new issue. */
  open(issue: IssueText): Promise<number>;
  update(number: number, issue: IssueText): Promise<void>;
  /** Says why, and closes it. */
  close(number: number, why: string): Promise<void>;
}

/** What became of the issue. */
export interface KeptIssue {
  readonly what: "opened" | "updated" | "as it was" | "closed" | "none";
  /** Null: there is none. */
  readonly number: number | null;
}

/**
 * Has one open issue say this, or none be open: the oldest one that begins with the mark is edited, and others are closed
 * as its doubles. One that somebody has closed by hand is opened anew.
 *
 * @param wanted null: there is nothing left to say.
 * @param over what an issue is told that is closed for that.
 */
export async function keepIssue(
  tracker: IssueTracker,
  mark: string,
  wanted: IssueText | null,
  over: string,
): Promise<KeptIssue> {
  const own: Issue[] = [];
  for await (const issue of tracker.openIssues()) if (issue.body.startsWith(mark)) own.push(issue);
  const [first, ...doubles] = own;
  for (const { number } of doubles) await tracker.close(number, `a double of #${first!.number}`);
  if (wanted === null) {
    if (!first) return { what: "none", number: null };
    await tracker.close(first.number, over);
    return { what: "closed", number: first.number };
  }
  if (!first) return { what: "opened", number: await tracker.open(wanted) };
  // Some servers take the spaces at the end away.
  const isAsItWas = first.title === wanted.title && first.body.trim() === wanted.body.trim();
  if (!isAsItWas) await tracker.update(first.number, wanted);
  return { what: isAsItWas ? "as it was" : "updated", number: first.number };
}
