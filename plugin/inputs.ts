import * as pulumi from "@pulumi/pulumi";

/**
 * A resource's inputs as values; null: some are not known yet, as in a preview of what they come from.
 *
 * @throws Error naming each input that is secret: settings become labels, files and recorded releases.
 */
export async function readInputs(
  name: string,
  inputs: pulumi.Inputs,
): Promise<Readonly<Record<string, unknown>> | null> {
  const entries = Object.entries(inputs).map(
    ([key, value]) => [key, pulumi.output(value)] as const,
  );
  const secret: string[] = [];
  for (const [key, value] of entries) if (await pulumi.isSecret(value)) secret.push(key);
  if (secret.length > 0) {
    const lines = secret.map(
      (key) =>
        `${name}.${key}: holds a secret, but settings are recorded in plain text; name secrets under \`secrets\` of a service`,
    );
    throw new Error(lines.join("\n"));
  }
  const all = pulumi.output(Object.fromEntries(entries));
  // Every output has it; its types keep it to themselves.
  const { isKnown } = all as unknown as { readonly isKnown: Promise<boolean> };
  if (!(await isKnown)) return null;
  return new Promise((resolve) => void all.apply(resolve));
}
