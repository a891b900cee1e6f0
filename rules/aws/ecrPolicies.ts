import { canonicalJson } from "../../release/release";

/** Days after which an image that no tag names any more is removed. */
export const UNTAGGED_DAYS = 7;

/** What a host needs to pull. Nothing here writes, and nothing here lists. */
export const PULL_ACTIONS = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:GetDownloadUrlForLayer",
] as const;

/** Tags that may move: all others name one image for ever. */
export const MOVING_TAGS = ["latest", "stable"] as const;

/**
 * Removes images without any tag, and nothing else. Every released digest has a tag `rel-<n>`, so no rollback ever
 * finds that its image has expired.
 */
export function lifecyclePolicy(): string {
  return canonicalJson({
    rules: [
      {
        rulePriority: 1,
        description: `expire images without a tag after ${UNTAGGED_DAYS} days`,
        selection: {
          tagStatus: "untagged",
          countType: "sinceImagePushed",
          countUnit: "days",
          countNumber: UNTAGGED_DAYS,
        },
        action: { type: "expire" },
      },
    ],
  });
}

/** Lets the accounts pull, and do nothing else. Which of their roles may, is theirs to say. */
export function pullPolicy(accountIds: readonly string[]): string {
  return canonicalJson({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Pull",
        Effect: "Allow",
        Principal: { AWS: accountIds.map((id) => `arn:aws:iam::${id}:root`) },
        Action: PULL_ACTIONS,
      },
    ],
  });
}
