import * as pulumi from "@pulumi/pulumi";

/** A resource that the program has made, and of which the engine has not heard yet. */
export interface MadeResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: pulumi.Inputs;
  readonly protect: boolean;
}

/**
 * Looks at resources that were made together; none of them is registered before it is done, and none if it throws. What
 * it answers looks at one of them again, right before that is registered.
 */
export type Inspect = (
  made: readonly MadeResource[],
) => Promise<(one: MadeResource) => Promise<void>>;

interface Batch {
  readonly made: MadeResource[];
  readonly inspected: ReturnType<Inspect>;
  readonly settle: (inspected: ReturnType<Inspect>) => void;
}

/**
 * Holds the stack's resources back from now on: the engine hears of none before `letGo` and a look at all that were made
 * until the turn after it. Resources that are made later are held until the turn after that.
 *
 * What touches nothing is not held: providers, and what is only read.
 */
export function holdResources(inspect: Inspect): { readonly letGo: () => void } {
  let batch = startBatch();
  let isOpen = false;
  const close = () => {
    const { made, settle } = batch;
    batch = startBatch();
    settle(inspect(made));
  };
  const protection = new WeakMap<pulumi.Resource, boolean>();
  pulumi.runtime.registerStackTransformation(({ resource, type, name, props, opts }) => {
    const { parent, id, urn } = opts as pulumi.CustomResourceOptions;
    const protect = opts.protect ?? (parent && protection.get(parent)) ?? false;
    protection.set(resource, protect);
    if (type.startsWith("pulumi:") || id !== undefined || urn !== undefined) return undefined;
    const one = { type, name, inputs: props, protect };
    if (isOpen && batch.made.length === 0) setImmediate(close);
    batch.made.push(one);
    // Nothing is added to what the state knows: the SDK waits for it, and it is an empty list.
    const held = batch.inspected.then((again) => again(one)).then(() => []);
    const dependsOn = [opts.dependsOn ?? [], held] as unknown as pulumi.Resource[];
    return { props, opts: { ...opts, dependsOn } };
  });
  return {
    letGo() {
      isOpen = true;
      setImmediate(close);
    },
  };
}

function startBatch(): Batch {
  let settle: Batch["settle"] = () => undefined;
  const inspected = new Promise<Awaited<ReturnType<Inspect>>>((resolve) => (settle = resolve));
  return { made: [], inspected, settle };
}
