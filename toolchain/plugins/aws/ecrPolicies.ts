import {
  DeleteLifecyclePolicyCommand,
  DeleteRepositoryPolicyCommand,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  PutLifecyclePolicyCommand,
  SetRepositoryPolicyCommand,
} from "@aws-sdk/client-ecr";
import type { Properties } from "../../rpc/values";
import { text, type Schema } from "../schema";
import type { AwsDefinition } from "./awsType";
import { orUndefined, type Session } from "./session";
import { textOf } from "./text";

const replaces = true;
const computed = true;

const LIFECYCLE_SCHEMA: Schema = {
  policy: text({ required: true, replaces }),
  region: text({ replaces, computed }),
  registryId: text({ output: true }),
  repository: text({ required: true, replaces }),
};

const ACCESS_SCHEMA: Schema = { ...LIFECYCLE_SCHEMA, policy: text({ required: true }) };

const COMMON = {
  isNamed: false,
  isTagged: false,
  documents: ["policy"],
  kept: [],
} as const;

/** `aws:ecr/lifecyclePolicy:LifecyclePolicy`. Every change replaces it, as it does officially. */
export const ECR_LIFECYCLE_POLICY: AwsDefinition = {
  ...COMMON,
  title: "ECR Lifecycle Policy",
  schema: LIFECYCLE_SCHEMA,
  isOnlyOne: true,
  create: async (session, inputs) => {
    await session.ecr(inputs.region).send(
      new PutLifecyclePolicyCommand({
        repositoryName: textOf(inputs.repository),
        lifecyclePolicyText: textOf(inputs.policy),
      }),
    );
    return textOf(inputs.repository);
  },
  find: async (session, id, state) => {
    const found = await orUndefined(
      session.ecr(state.region).send(new GetLifecyclePolicyCommand({ repositoryName: id })),
    );
    return found && policyState(session, id, state, found.lifecyclePolicyText, found.registryId);
  },
  remove: async (session, id, state) => {
    await orUndefined(
      session.ecr(state.region).send(new DeleteLifecyclePolicyCommand({ repositoryName: id })),
    );
  },
};

/** `aws:ecr/repositoryPolicy:RepositoryPolicy`: who may use the repository. */
export const ECR_REPOSITORY_POLICY: AwsDefinition = {
  ...COMMON,
  title: "ECR Repository Policy",
  schema: ACCESS_SCHEMA,
  create: async (session, inputs) => {
    await setPolicy(session, textOf(inputs.repository), inputs);
    return textOf(inputs.repository);
  },
  find: async (session, id, state) => {
    const found = await orUndefined(
      session.ecr(state.region).send(new GetRepositoryPolicyCommand({ repositoryName: id })),
    );
    return found && policyState(session, id, state, found.policyText, found.registryId);
  },
  update: (session, id, inputs, state) =>
    setPolicy(session, id, { ...inputs, region: state.region ?? null }),
  remove: async (session, id, state) => {
    await orUndefined(
      session.ecr(state.region).send(new DeleteRepositoryPolicyCommand({ repositoryName: id })),
    );
  },
};

async function setPolicy(session: Session, repositoryName: string, inputs: Properties) {
  const policyText = textOf(inputs.policy);
  await session
    .ecr(inputs.region)
    .send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
}

function policyState(
  session: Session,
  id: string,
  state: Properties,
  policy: string | undefined,
  registryId: string | undefined,
): Properties {
  return {
    id,
    policy: policy ?? "",
    region: session.region(state.region),
    registryId: registryId ?? "",
    repository: id,
  };
}
