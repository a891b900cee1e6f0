import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  ListTagsForResourceCommand,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  TagResourceCommand,
  UntagResourceCommand,
  type EncryptionType,
  type ImageTagMutability,
  type ImageTagMutabilityExclusionFilter,
  type Repository,
} from "@aws-sdk/client-ecr";
import { isEqual, isRecord, type Properties, type Value } from "../../rpc/values";
import { boolean, list, object, text, type Schema } from "../schema";
import { TAGS, type AwsDefinition } from "./awsType";
import { orUndefined } from "./session";
import { tagChanges, tagList, tagOutputs } from "./tags";
import { textOf } from "./text";

const replaces = true;
const computed = true;

const SCHEMA: Schema = {
  arn: text({ output: true }),
  encryptionConfigurations: list(
    object({
      encryptionType: text({ replaces, default: "AES256", pattern: /^(AES256|KMS|KMS_DSSE)$/ }),
      kmsKey: text({ replaces, computed }),
    }),
    // Left out means as AWS has it, here and for scanning.
    { replaces, computed },
  ),
  forceDelete: boolean(),
  imageScanningConfiguration: object({ scanOnPush: boolean({ required: true }) }, { computed }),
  imageTagMutability: text({
    default: "MUTABLE",
    pattern: /^(IM)?MUTABLE(_WITH_EXCLUSION)?$/,
  }),
  imageTagMutabilityExclusionFilters: list(
    object({
      filter: text({ required: true, pattern: /^[\w.*-]{1,128}$/ }),
      filterType: text({ required: true, pattern: /^WILDCARD$/ }),
    }),
  ),
  name: text({ replaces, pattern: /^(?=.{2,256}$)[a-z0-9]+([._/-][a-z0-9]+)*$/ }),
  region: text({ replaces, computed }),
  registryId: text({ output: true }),
  repositoryUrl: text({ output: true }),
  ...TAGS,
};

/** `aws:ecr/repository:Repository`. Its id is its name. */
export const ECR_REPOSITORY: AwsDefinition = {
  title: "ECR Repository",
  schema: SCHEMA,
  isNamed: true,
  isTagged: true,
  documents: [],
  kept: ["forceDelete"],
  create: async (session, inputs) => {
    const encryption = records(inputs.encryptionConfigurations)[0];
    const scanning = inputs.imageScanningConfiguration;
    const { repository } = await session.ecr(inputs.region).send(
      new CreateRepositoryCommand({
        repositoryName: textOf(inputs.name),
        imageTagMutability: mutabilityOf(inputs),
        imageTagMutabilityExclusionFilters: filtersOf(inputs),
        tags: tagList(inputs.tags),
        ...(isRecord(scanning) && {
          imageScanningConfiguration: { scanOnPush: scanning.scanOnPush === true },
        }),
        ...(encryption && {
          encryptionConfiguration: {
            encryptionType: (textOf(encryption.encryptionType) || "AES256") as EncryptionType,
            ...(encryption.kmsKey ? { kmsKey: textOf(encryption.kmsKey) } : {}),
          },
        }),
      }),
    );
    return repository?.repositoryName ?? textOf(inputs.name);
  },
  find: async (session, id, state) => {
    const ecr = session.ecr(state.region);
    const found = await orUndefined(
      ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [id] })),
    );
    const repository = found?.repositories?.[0];
    if (repository === undefined) return undefined;
    const { tags } = await ecr.send(
      new ListTagsForResourceCommand({ resourceArn: repository.repositoryArn }),
    );
    return {
      ...repositoryState(repository),
      region: session.region(state.region),
      ...tagOutputs(tags),
    };
  },
  update: async (session, id, inputs, state) => {
    const ecr = session.ecr(state.region);
    const differs = (key: string) => !isEqual(inputs[key] ?? null, state[key] ?? null);
    if (differs("imageTagMutability") || differs("imageTagMutabilityExclusionFilters")) {
      await ecr.send(
        new PutImageTagMutabilityCommand({
          repositoryName: id,
          imageTagMutability: mutabilityOf(inputs),
          imageTagMutabilityExclusionFilters: filtersOf(inputs),
        }),
      );
    }
    if (differs("imageScanningConfiguration")) {
      const scanning = inputs.imageScanningConfiguration;
      await ecr.send(
        new PutImageScanningConfigurationCommand({
          repositoryName: id,
          imageScanningConfiguration: {
            scanOnPush: isRecord(scanning) && scanning.scanOnPush === true,
          },
        }),
      );
    }
    const { wanted, removed } = tagChanges(state, inputs);
    const resourceArn = textOf(state.arn);
    if (removed.length > 0) {
      await ecr.send(new UntagResourceCommand({ resourceArn, tagKeys: removed }));
    }
    if (wanted.length > 0 && differs("tags")) {
      await ecr.send(new TagResourceCommand({ resourceArn, tags: wanted }));
    }
  },
  remove: async (session, id, state) => {
    const force = state.forceDelete === true;
    await orUndefined(
      session
        .ecr(state.region)
        .send(new DeleteRepositoryCommand({ repositoryName: id, force }))
        .catch((error: unknown) => {
          const isFull = error instanceof Error && error.name === "RepositoryNotEmptyException";
          throw isFull
            ? new Error("ECR Repository not empty, consider using forceDelete", { cause: error })
            : error;
        }),
    );
  },
};

function mutabilityOf(inputs: Properties): ImageTagMutability {
  return (textOf(inputs.imageTagMutability) || "MUTABLE") as ImageTagMutability;
}

function filtersOf(inputs: Properties): ImageTagMutabilityExclusionFilter[] | undefined {
  const filters = records(inputs.imageTagMutabilityExclusionFilters);
  return filters.length === 0
    ? undefined
    : filters.map(({ filter }) => ({ filter: textOf(filter), filterType: "WILDCARD" }));
}

function records(value: Value | undefined): Properties[] {
  return Array.isArray(value) ? (value as Value[]).filter(isRecord) : [];
}

function repositoryState(repository: Repository): Properties {
  const encryption = repository.encryptionConfiguration;
  const filters = repository.imageTagMutabilityExclusionFilters ?? [];
  return {
    arn: repository.repositoryArn ?? "",
    encryptionConfigurations: encryption
      ? [{ encryptionType: encryption.encryptionType ?? "AES256", kmsKey: encryption.kmsKey ?? "" }]
      : null,
    id: repository.repositoryName ?? "",
    imageScanningConfiguration: {
      scanOnPush: repository.imageScanningConfiguration?.scanOnPush === true,
    },
    imageTagMutability: repository.imageTagMutability ?? "MUTABLE",
    imageTagMutabilityExclusionFilters:
      filters.length === 0
        ? null
        : filters.map(({ filter, filterType }) => ({
            filter: filter ?? "",
            filterType: filterType ?? "WILDCARD",
          })),
    name: repository.repositoryName ?? "",
    registryId: repository.registryId ?? "",
    repositoryUrl: repository.repositoryUri ?? "",
  };
}
