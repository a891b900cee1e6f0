/** A service that was found beside an instance, as services.yaml will have it. */
export interface FoundService {
  readonly name: string;
  /** Its entry in services.yaml. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What could not be taken over, or is for people to look at, one line each. */
  readonly notes: readonly string[];
}

/** A text as a service may be called: `My_App` is `my-app`. */
export function serviceName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "");
  return name.slice(0, 40) || "service";
}
