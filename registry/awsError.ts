/**
 * What an error of an AWS client means for the operator: what is wrong, and what to do. Never holds a key.
 *
 * @param doing what was tried, such as `logging in to ECR in eu-west-1`.
 */
export function explainAwsError(error: unknown, doing: string): string {
  const { code } = error as { code?: string };
  const name = error instanceof Error && error.name !== "Error" ? error.name : (code ?? "");
  const message = error instanceof Error ? error.message : String(error);
  const known = KNOWN.find(
    ({ names, words }) =>
      (names.test(name) || (code !== undefined && names.test(code))) &&
      (words === undefined || words.test(message)),
  );
  return known === undefined
    ? `${doing} failed: ${name === "" ? "" : `${name}: `}${message}`
    : `${doing} failed: ${known.meaning} (${name || "Error"})`;
}

const KNOWN: readonly { names: RegExp; words?: RegExp; meaning: string }[] = [
  {
    names: /^ExpiredToken(Exception)?$/,
    meaning: "the AWS credentials have expired; log in again (`aws sso login`), or renew them",
  },
  {
    names:
      /^(InvalidSignature(Exception)?|SignatureDoesNotMatch|RequestTimeTooSkewed|RequestExpired|AuthFailure)$/,
    words: /expired|skew|not yet current|earlier than|later than|RequestTime/i,
    meaning: "this machine's clock differs from AWS's by minutes; set it (`timedatectl`)",
  },
  {
    names: /^(InvalidSignature(Exception)?|SignatureDoesNotMatch)$/,
    meaning: "the AWS secret key does not belong to the access key; set both again",
  },
  {
    names: /^(UnrecognizedClient(Exception)?|InvalidClientTokenId|InvalidAccessKeyId|AuthFailure)$/,
    meaning: "AWS does not know the access key; use credentials of the right account",
  },
  {
    names: /^(CredentialsProviderError|TokenProviderError)$/,
    meaning:
      "there are no AWS credentials; set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in",
  },
  {
    names: /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/,
    meaning: "AWS still limits the rate of requests after several tries; wait and run it again",
  },
  {
    names: /^(AccessDenied(Exception)?|UnauthorizedOperation)$/,
    meaning:
      "the role may not do this; give it the action that docs/environments.md lists for this step",
  },
  {
    names: /^(TimeoutError|NetworkingError)$|ECONN|ENOTFOUND|EAI_AGAIN/,
    meaning: "AWS cannot be reached; check the network, the region and AWS_ENDPOINT_URL",
  },
];
