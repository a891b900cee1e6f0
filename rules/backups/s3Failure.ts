/** An S3-compatible store, as messages name it. */
export interface S3Target {
  readonly bucket: string;
  /** Its address; null: Amazon's. */
  readonly endpoint: string | null;
}

/** What AWS clients throw: `name` is the store's own word, or the client's. */
interface Thrown {
  readonly name?: string;
  readonly message?: string;
  /** Of Node.js, where a connection could not be made, or was cut. */
  readonly code?: string;
  /** Of a request that was made; without a status nobody has answered, however often it was. */
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const LOGIN =
  "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile or role that AWS clients find";
const REFUSED = [401, 403];
/** Stores have names of their own for a login that they do not know. */
const UNKNOWN_LOGIN = /AccessKey|UserNotFound/;
const OTHER_REGION = ["AuthorizationHeaderMalformed", "PermanentRedirect"];

/**
 * Why a store has not done something, and what to do about it.
 *
 * @param doing what it was asked, such as `write s3://backups/shop-demo/x`.
 */
export function explainS3Failure(
  error: unknown,
  doing: string,
  { bucket, endpoint }: S3Target,
): string {
  const { name = "Error", message: words = String(error), code, $metadata } = error as Thrown;
  const message = words.split("\n")[0]!;
  const store = endpoint ?? "Amazon S3";
  const status = $metadata?.httpStatusCode;
  if (name === "NoSuchBucket") {
    return `maestro:backups.to: ${store} has no bucket ${bucket}; make it there, or name another one`;
  }
  if (name === "CredentialsProviderError") {
    return `maestro:backups.to: there is no login for ${store}; set ${LOGIN}`;
  }
  if (OTHER_REGION.includes(name)) {
    return (
      `maestro:backups.region: is not that of bucket ${bucket} at ${store} (${message}); ` +
      "name the bucket's region"
    );
  }
  if (UNKNOWN_LOGIN.test(name) || REFUSED.includes(status ?? 0)) {
    return (
      `maestro:backups.to: ${store} does not let this login ${doing} (${name}: ${message}); check ${LOGIN}, and that ` +
      `it may list, read, write and remove what is in bucket ${bucket}`
    );
  }
  const isSilent = $metadata !== undefined && status === undefined;
  if (code !== undefined || isSilent) {
    const key = endpoint === null ? "to" : "endpoint";
    return (
      `maestro:backups.${key}: ${store} cannot be reached to ${doing} (${code ?? name}: ${message}); see that it runs ` +
      "and that this is its address, then try again"
    );
  }
  return (
    `maestro:backups.to: ${store} cannot ${doing} (${status ?? "no error of its own"}, ${name}: ${message}); ` +
    "see that an S3 store answers there, and mend what its own log says"
  );
}
