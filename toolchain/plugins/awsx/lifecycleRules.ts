/** One rule as awsx takes it. */
export interface LifecycleRule {
  readonly description?: string;
  readonly tagStatus: "any" | "tagged" | "untagged";
  readonly tagPrefixList?: readonly string[];
  readonly maximumNumberOfImages?: number;
  /** In days. */
  readonly maximumAgeLimit?: number;
}

/** What awsx sets where no rules are given. */
const DEFAULT_RULES: readonly LifecycleRule[] = [
  { description: "remove untagged images", tagStatus: "untagged", maximumNumberOfImages: 1 },
];

/** ECR's lifecycle policy for awsx's rules; they count in the order given, one for any image last. */
export function lifecyclePolicyText(rules: readonly LifecycleRule[] | undefined): string {
  const given = rules ?? DEFAULT_RULES;
  const forAny = given.filter(({ tagStatus }) => tagStatus === "any");
  if (forAny.length > 1) {
    throw new Error('lifecyclePolicy.rules: at most one rule may have the tagStatus "any"');
  }
  const ordered = [...given.filter(({ tagStatus }) => tagStatus !== "any"), ...forAny];
  return JSON.stringify({
    rules: ordered.map((rule, index) => ({
      rulePriority: index + 1,
      description: rule.description,
      selection: { ...selectedTags(rule), ...selectedCount(rule) },
      action: { type: "expire" },
    })),
  });
}

function selectedTags({ tagStatus, tagPrefixList = [] }: LifecycleRule) {
  if (tagStatus !== "tagged") return { tagStatus };
  if (tagPrefixList.length === 0) {
    throw new Error('lifecyclePolicy.rules: tagStatus "tagged" needs a tagPrefixList');
  }
  return { tagStatus, tagPrefixList };
}

function selectedCount({ maximumNumberOfImages, maximumAgeLimit }: LifecycleRule) {
  if (maximumNumberOfImages !== undefined) {
    return { countType: "imageCountMoreThan", countNumber: maximumNumberOfImages };
  }
  if (maximumAgeLimit === undefined) {
    throw new Error(
      "lifecyclePolicy.rules: each rule needs maximumNumberOfImages or maximumAgeLimit",
    );
  }
  return { countType: "sinceImagePushed", countNumber: maximumAgeLimit, countUnit: "days" };
}
