import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  UntagOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from "@aws-sdk/client-iam";
import type { Properties } from "../../rpc/values";
import { list, set, text, type Schema } from "../schema";
import { TAGS, type AwsDefinition } from "./awsType";
import { textsOf, textOf } from "./text";
import { orUndefined, type Session } from "./session";
import { tagChanges, tagList, tagOutputs } from "./tags";

const SCHEMA: Schema = {
  arn: text({ output: true }),
  clientIdLists: set(text(), { required: true }),
  thumbprintLists: list(text(), { computed: true }),
  url: text({ required: true, replaces: true, pattern: /^https:\/\/\S+$/ }),
  ...TAGS,
};

/** `aws:iam/openIdConnectProvider:OpenIdConnectProvider`. Its id is its ARN. */
export const OIDC_PROVIDER: AwsDefinition = {
  title: "IAM OIDC Provider",
  schema: SCHEMA,
  isNamed: false,
  isTagged: true,
  documents: [],
  kept: [],
  create: async (session, inputs) => {
    const thumbprints = textsOf(inputs.thumbprintLists);
    const { OpenIDConnectProviderArn } = await session.iam().send(
      new CreateOpenIDConnectProviderCommand({
        Url: textOf(inputs.url),
        ClientIDList: textsOf(inputs.clientIdLists),
        Tags: tagList(inputs.tags),
        ...(thumbprints.length > 0 ? { ThumbprintList: thumbprints } : {}),
      }),
    );
    return OpenIDConnectProviderArn ?? "";
  },
  find: async (session, id) => {
    const found = await orUndefined(
      session.iam().send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: id })),
    );
    return (
      found && {
        arn: id,
        clientIdLists: [...(found.ClientIDList ?? [])].sort(),
        id,
        thumbprintLists: found.ThumbprintList ?? [],
        // AWS drops the scheme; only https is allowed.
        url: `https://${(found.Url ?? "").replace(/^https:\/\//, "")}`,
        ...tagOutputs(found.Tags),
      }
    );
  },
  update: updateProvider,
  remove: async (session, id) => {
    await orUndefined(
      session.iam().send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: id })),
    );
  },
};

async function updateProvider(session: Session, id: string, inputs: Properties, state: Properties) {
  const iam = session.iam();
  const OpenIDConnectProviderArn = id;
  const before = textsOf(state.clientIdLists);
  const after = textsOf(inputs.clientIdLists);
  for (const ClientID of after.filter((it) => !before.includes(it))) {
    await iam.send(
      new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }),
    );
  }
  for (const ClientID of before.filter((it) => !after.includes(it))) {
    await iam.send(
      new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }),
    );
  }
  const ThumbprintList = textsOf(inputs.thumbprintLists);
  if (ThumbprintList.length > 0) {
    await iam.send(
      new UpdateOpenIDConnectProviderThumbprintCommand({
        OpenIDConnectProviderArn,
        ThumbprintList,
      }),
    );
  }
  const { wanted, removed } = tagChanges(state, inputs);
  if (removed.length > 0) {
    await iam.send(
      new UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys: removed }),
    );
  }
  if (wanted.length > 0) {
    await iam.send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: wanted }));
  }
}
