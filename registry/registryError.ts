/** A registry cannot be used as it must be; the message says why and what to do. */
export class RegistryError extends Error {
  public override readonly name = "RegistryError";
}
