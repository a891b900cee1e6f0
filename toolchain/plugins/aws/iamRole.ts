import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import type { Properties } from "../../rpc/values";
import { boolean, integer, text, type Schema } from "../schema";
import { TAGS, type AwsDefinition } from "./awsType";
import { orUndefined, type Session } from "./session";
import { tagChanges, tagList, tagOutputs } from "./tags";
import { textOf } from "./text";

const replaces = true;

const ROLE_SCHEMA: Schema = {
  arn: text({ output: true }),
  assumeRolePolicy: text({ required: true }),
  createDate: text({ output: true }),
  description: text(),
  forceDetachPolicies: boolean({ default: false }),
  maxSessionDuration: integer({ default: 3600 }),
  name: text({ replaces, pattern: /^[\w+=,.@-]{1,64}$/ }),
  path: text({ replaces, default: "/" }),
  permissionsBoundary: text(),
  uniqueId: text({ output: true }),
  ...TAGS,
};

/** `aws:iam/role:Role`. Its id is its name. Left out, and refused: inline and managed policies given with the role. */
export const IAM_ROLE: AwsDefinition = {
  title: "IAM Role",
  schema: ROLE_SCHEMA,
  isNamed: true,
  isTagged: true,
  documents: ["assumeRolePolicy"],
  kept: ["forceDetachPolicies"],
  create: async (session, inputs) => {
    const { description, permissionsBoundary } = inputs;
    const { Role } = await session.iam().send(
      new CreateRoleCommand({
        RoleName: textOf(inputs.name),
        Path: textOf(inputs.path) || "/",
        AssumeRolePolicyDocument: textOf(inputs.assumeRolePolicy),
        MaxSessionDuration: Number(inputs.maxSessionDuration ?? 3600),
        Tags: tagList(inputs.tags),
        ...(description ? { Description: textOf(description) } : {}),
        ...(permissionsBoundary ? { PermissionsBoundary: textOf(permissionsBoundary) } : {}),
      }),
    );
    return Role?.RoleName ?? textOf(inputs.name);
  },
  find: async (session, id) => {
    const found = await orUndefined(session.iam().send(new GetRoleCommand({ RoleName: id })));
    const role = found?.Role;
    return (
      role && {
        arn: role.Arn ?? "",
        assumeRolePolicy: decodeURIComponent(role.AssumeRolePolicyDocument ?? ""),
        createDate: role.CreateDate?.toISOString() ?? "",
        description: role.Description ?? "",
        id,
        maxSessionDuration: role.MaxSessionDuration ?? 3600,
        name: role.RoleName ?? id,
        path: role.Path ?? "/",
        permissionsBoundary: role.PermissionsBoundary?.PermissionsBoundaryArn ?? "",
        uniqueId: role.RoleId ?? "",
        ...tagOutputs(role.Tags),
      }
    );
  },
  update: updateRole,
  remove: async (session, id, state) => {
    if (state.forceDetachPolicies === true) await detachPolicies(session, id);
    await orUndefined(session.iam().send(new DeleteRoleCommand({ RoleName: id })));
  },
};

async function updateRole(session: Session, id: string, inputs: Properties, state: Properties) {
  const iam = session.iam();
  const RoleName = id;
  const differs = (key: string) => (inputs[key] ?? "") !== (state[key] ?? "");
  if (differs("assumeRolePolicy")) {
    const PolicyDocument = textOf(inputs.assumeRolePolicy);
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  }
  if (differs("description") || differs("maxSessionDuration")) {
    await iam.send(
      new UpdateRoleCommand({
        RoleName,
        Description: textOf(inputs.description),
        MaxSessionDuration: Number(inputs.maxSessionDuration ?? 3600),
      }),
    );
  }
  if (differs("permissionsBoundary")) {
    const boundary = inputs.permissionsBoundary;
    await (boundary
      ? iam.send(
          new PutRolePermissionsBoundaryCommand({
            RoleName,
            PermissionsBoundary: textOf(boundary),
          }),
        )
      : iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName })));
  }
  const { wanted, removed } = tagChanges(state, inputs);
  if (removed.length > 0) await iam.send(new UntagRoleCommand({ RoleName, TagKeys: removed }));
  if (wanted.length > 0) await iam.send(new TagRoleCommand({ RoleName, Tags: wanted }));
}

async function detachPolicies(session: Session, RoleName: string): Promise<void> {
  const iam = session.iam();
  const inline = await orUndefined(iam.send(new ListRolePoliciesCommand({ RoleName })));
  for (const PolicyName of inline?.PolicyNames ?? []) {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  }
  const attached = await orUndefined(iam.send(new ListAttachedRolePoliciesCommand({ RoleName })));
  for (const { PolicyArn } of attached?.AttachedPolicies ?? []) {
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  }
}

const ROLE_POLICY_SCHEMA: Schema = {
  name: text({ replaces, pattern: /^[\w+=,.@-]{1,128}$/ }),
  policy: text({ required: true }),
  role: text({ required: true, replaces }),
};

/** `aws:iam/rolePolicy:RolePolicy`: a role's inline policy. Its id is `<role>:<name>`. */
export const IAM_ROLE_POLICY: AwsDefinition = {
  title: "IAM Role Policy",
  schema: ROLE_POLICY_SCHEMA,
  isNamed: true,
  isTagged: false,
  documents: ["policy"],
  kept: [],
  create: async (session, inputs) => {
    await putRolePolicy(session, inputs);
    return `${textOf(inputs.role)}:${textOf(inputs.name)}`;
  },
  find: async (session, id) => {
    const { RoleName, PolicyName } = splitId(id);
    const found = await orUndefined(
      session.iam().send(new GetRolePolicyCommand({ RoleName, PolicyName })),
    );
    return (
      found && {
        id,
        name: PolicyName,
        policy: decodeURIComponent(found.PolicyDocument ?? ""),
        role: RoleName,
      }
    );
  },
  update: (session, _id, inputs) => putRolePolicy(session, inputs),
  remove: async (session, id) => {
    await orUndefined(session.iam().send(new DeleteRolePolicyCommand(splitId(id))));
  },
};

async function putRolePolicy(session: Session, inputs: Properties): Promise<void> {
  await session.iam().send(
    new PutRolePolicyCommand({
      RoleName: textOf(inputs.role),
      PolicyName: textOf(inputs.name),
      PolicyDocument: textOf(inputs.policy),
    }),
  );
}

function splitId(id: string): { RoleName: string; PolicyName: string } {
  const [RoleName = "", PolicyName = ""] = id.split(":");
  return { RoleName, PolicyName };
}
