import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import { boolean, integer, text, type Schema } from "../schema";
import { TAGS, type AwsDefinition } from "./awsType";
import { orUndefined } from "./session";
import { tagChanges, tagList, tagOutputs } from "./tags";
import { textOf } from "./text";

const replaces = true;
const DEFAULT_RECOVERY_DAYS = 30;

const SCHEMA: Schema = {
  arn: text({ output: true }),
  description: text(),
  forceOverwriteReplicaSecret: boolean({ default: false }),
  kmsKeyId: text(),
  name: text({ replaces, pattern: /^[\w/+=.@-]{1,512}$/ }),
  recoveryWindowInDays: integer({ default: DEFAULT_RECOVERY_DAYS }),
  region: text({ replaces, computed: true }),
  ...TAGS,
};

/** `aws:secretsmanager/secret:Secret`: the container only; its values are versions. Its id is its ARN. */
export const SECRET: AwsDefinition = {
  title: "Secrets Manager Secret",
  schema: SCHEMA,
  isNamed: true,
  isTagged: true,
  documents: [],
  kept: ["forceOverwriteReplicaSecret", "recoveryWindowInDays"],
  create: async (session, inputs) => {
    const { description, kmsKeyId } = inputs;
    const { ARN } = await session.secretsManager(inputs.region).send(
      new CreateSecretCommand({
        Name: textOf(inputs.name),
        Tags: tagList(inputs.tags),
        ...(description ? { Description: textOf(description) } : {}),
        ...(kmsKeyId ? { KmsKeyId: textOf(kmsKeyId) } : {}),
      }),
    );
    return ARN ?? "";
  },
  find: async (session, id, state) => {
    const found = await orUndefined(
      session.secretsManager(state.region).send(new DescribeSecretCommand({ SecretId: id })),
    );
    // A secret in its recovery window is still described, and yet gone.
    if (found === undefined || found.DeletedDate !== undefined) return undefined;
    return {
      arn: found.ARN ?? id,
      description: found.Description ?? "",
      id: found.ARN ?? id,
      kmsKeyId: found.KmsKeyId ?? "",
      name: found.Name ?? "",
      region: session.region(state.region),
      ...tagOutputs(found.Tags),
    };
  },
  update: async (session, id, inputs, state) => {
    const client = session.secretsManager(state.region);
    const differs = (key: string) => (inputs[key] ?? "") !== (state[key] ?? "");
    if (differs("description") || differs("kmsKeyId")) {
      await client.send(
        new UpdateSecretCommand({
          SecretId: id,
          Description: textOf(inputs.description),
          ...(inputs.kmsKeyId ? { KmsKeyId: textOf(inputs.kmsKeyId) } : {}),
        }),
      );
    }
    const { wanted, removed } = tagChanges(state, inputs);
    if (removed.length > 0) {
      await client.send(new UntagResourceCommand({ SecretId: id, TagKeys: removed }));
    }
    if (wanted.length > 0) {
      await client.send(new TagResourceCommand({ SecretId: id, Tags: wanted }));
    }
  },
  remove: async (session, id, state) => {
    const days = Number(state.recoveryWindowInDays ?? DEFAULT_RECOVERY_DAYS);
    const how = days === 0 ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: days };
    await orUndefined(
      session.secretsManager(state.region).send(new DeleteSecretCommand({ SecretId: id, ...how })),
    );
  },
};
