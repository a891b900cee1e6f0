import * as pulumi from "@pulumi/pulumi";
import { isPlainObject } from "../config/plainObject";
import { UnknownInput } from "../policy/judge";

/** A resource's inputs as values. */
export interface KnownInputs {
  /** To read one that is not known throws {@link UnknownInput}. */
  readonly props: Readonly<Record<string, unknown>>;
  /** Texts that must not be shown. */
  readonly secrets: readonly string[];
}

const UNKNOWN = Symbol("unknown");

type Read = (value: unknown) => Promise<unknown>;

/** What is known of inputs before any resource is made: plain values, and outputs of such. */
export function knownNow(inputs: pulumi.Inputs): Promise<KnownInputs> {
  // Whatever needs no answer from outside is there by the next turn.
  const turn = new Promise<typeof UNKNOWN>((resolve) => setImmediate(resolve, UNKNOWN));
  return readAll(inputs, (read, value) => Promise.race([read(value), turn]));
}

/** What is known of inputs once the resources are made that they come from. In a preview some are never known. */
export function knownLater(inputs: pulumi.Inputs): Promise<KnownInputs> {
  return readAll(inputs, (read, value) => read(value));
}

async function readAll(
  inputs: pulumi.Inputs,
  patiently: (read: Read, value: unknown) => Promise<unknown>,
): Promise<KnownInputs> {
  const secrets: string[] = [];
  const readLeaf = async (leaf: unknown) => {
    const { value } = await pulumi.runtime.serializeProperties("policy", { value: leaf });
    return unwrap(value, secrets, false);
  };
  const read: Read = async (value) => {
    if (pulumi.Output.isInstance(value) || value instanceof Promise) {
      return patiently(readLeaf, value);
    }
    if (Array.isArray(value)) return Promise.all(value.map(read));
    if (!isPlainObject(value)) return value;
    const entries = Object.entries(value).map(async ([key, each]) => [key, await read(each)]);
    return Object.fromEntries((await Promise.all(entries)) as [string, unknown][]);
  };
  const props = (await read({ ...inputs })) as Record<string, unknown>;
  return { props: guard(props), secrets };
}

/** Values as the engine would be told them, without its marks. */
function unwrap(value: unknown, secrets: string[], isSecret: boolean): unknown {
  if (value === pulumi.runtime.unknownValue) return UNKNOWN;
  if (typeof value === "string" && value !== "" && isSecret) secrets.push(value);
  if (Array.isArray(value)) return value.map((each) => unwrap(each, secrets, isSecret));
  if (!isPlainObject(value)) return value;
  if (value[pulumi.runtime.specialSigKey] === pulumi.runtime.specialSecretSig) {
    return unwrap(value["value"], secrets, true);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, unwrap(each, secrets, isSecret)]),
  );
}

/** The same value, which throws where a rule reads what is not known. */
function guard<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const read: unknown = Reflect.get(target, key);
      if (read === UNKNOWN) throw new UnknownInput(String(key));
      return guard(read);
    },
  });
}
