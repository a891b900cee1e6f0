import { Provider } from "@pulumi/aws/provider";
import { Secret } from "@pulumi/aws/secretsmanager/secret";
import * as pulumi from "@pulumi/pulumi";
import type { ManagedSecret } from "../../secretStore/store";

export interface ServiceSecretsArgs {
  /** Service -> its secret. */
  readonly secrets: Readonly<Record<string, ManagedSecret>>;
  /** @default - the one that AWS clients find */
  readonly region?: string;
}

/** What may differ from here: whoever made the secret may have chosen another key, and has said more in its tags. */
const IGNORED = [
  "description",
  "forceOverwriteReplicaSecret",
  "kmsKeyId",
  "recoveryWindowInDays",
  "tags",
  "tagsAll",
];

/**
 * The secrets of a stack's services in Secrets Manager, one a service, without their values: those are written by
 * `npm run secrets` and never pass through Pulumi, so no state has them.
 *
 * A secret that is there already is taken over. All are protected: no update and no `pulumi destroy` removes one before
 * somebody has run `pulumi state unprotect`.
 *
 * @example
 * new ServiceSecrets("secrets", { secrets: { web: { name: "maestro/demo/web", arn: null, description: "…", tags: {} } } });
 */
export class ServiceSecrets extends pulumi.ComponentResource {
  /** Service -> ARN of its secret. */
  public readonly arns: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: ServiceSecretsArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("maestro:components:ServiceSecrets", name, {}, opts);
    const provider = args.region && createProvider(`${name}-aws`, args.region, this);
    const options = { parent: this, ...(provider ? { provider } : {}) };
    const arns = Object.entries(args.secrets).map(([service, secret]) => {
      const made = createSecret(`${name}-${service}`, secret, options);
      return [service, made.arn] as const;
    });
    this.arns = pulumi.all(Object.fromEntries(arns));
    this.registerOutputs({ arns: this.arns });
  }
}

function createProvider(name: string, region: string, parent: pulumi.Resource): Provider {
  return new Provider(name, { region: region as never }, { parent });
}

function createSecret(
  name: string,
  { name: secretName, arn, description, tags }: ManagedSecret,
  opts: pulumi.CustomResourceOptions,
): Secret {
  return new Secret(
    name,
    { name: secretName, description, tags: { ...tags } },
    { ...opts, protect: true, ignoreChanges: IGNORED, ...(arn === null ? {} : { import: arn }) },
  );
}
