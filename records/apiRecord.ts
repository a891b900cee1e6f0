/** OpenAPI documents of a release's services, as they answered when it was proven. */
export interface ApiRecord {
  readonly release: string;
  /** Service -> JSON or YAML. */
  readonly documents: Readonly<Record<string, string>>;
}
