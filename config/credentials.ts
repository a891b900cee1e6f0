/** Shapes of keys and tokens that no one writes by accident. */
const CREDENTIAL_SHAPES: readonly RegExp[] = [
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/, // AWS access key id
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/, // PEM
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/, // JWT
  /\b(?:gh[oprsu]_|github_pat_|glpat-|sk_live_|xox[abprs]-)[\w-]{10,}/, // GitHub, GitLab, Stripe, Slack
  /\bAIza[\w-]{35}\b/, // Google API key
  /[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@]{0,200}:[^\s/@]{1,200}@/i, // password in a URL
];

const PASSWORD_NAME = /(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE)$/i;
const TOKEN_NAME =
  /(?:^|_)(?:TOKEN|SECRET|CREDENTIALS?|(?:API|ACCESS|PRIVATE|SECRET|SIGNING|ENCRYPTION)_?KEY)$/i;
const MIN_TOKEN_LENGTH = 16;
const MIN_TOKEN_BITS_PER_CHARACTER = 3;

/** Whether a text is shaped like a credential, whatever it is called. */
export function looksLikeCredential(text: string): boolean {
  return CREDENTIAL_SHAPES.some((shape) => shape.test(text));
}

/** Whether an environment variable carries a credential, by its value or by its name together with its value. */
export function isCredentialVariable(name: string, value: string): boolean {
  if (looksLikeCredential(value)) {
    return true;
  }
  // A path names a file that holds the secret: that is how secrets should arrive.
  if (value.startsWith("/")) {
    return false;
  }
  return (PASSWORD_NAME.test(name) && value !== "") || (TOKEN_NAME.test(name) && isRandom(value));
}

/** Whether a name says that its value must not be shown. */
export function isSecretName(name: string): boolean {
  return /pass|secret|token|credential|private|_key$/i.test(name);
}

function isRandom(value: string): boolean {
  return (
    value.length >= MIN_TOKEN_LENGTH && bitsPerCharacter(value) >= MIN_TOKEN_BITS_PER_CHARACTER
  );
}

/** Shannon entropy: words have about 2.5 bits a character, random tokens 3.5 and more. */
function bitsPerCharacter(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) {
    counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  return [...counts.values()]
    .map((count) => count / value.length)
    .reduce((bits, share) => bits - share * Math.log2(share), 0);
}
