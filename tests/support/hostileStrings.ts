import fc from "fast-check";

/** Texts that mean something to a shell, nginx, SQL, YAML, a terminal, a log, a URL or a path. */
const SEEDS = [
  "'",
  '"',
  "`id`",
  "$(id)",
  "${HOME}",
  "$uid",
  "; id",
  "&& id",
  "| id",
  "> /etc/x",
  "\\",
  "\\'",
  "!!",
  "#",
  "%s%n",
  "\n",
  "\r\n",
  "\t",
  "\0",
  "\x1b[2J",
  "\x1b]0;x\x07",
  "\u2028",
  "\u202e",
  "\u200b",
  "\ufeff",
  "\ud800",
  "é",
  "😀",
  "}",
  "{",
  "} server { listen 81; ",
  "; return 200 x;",
  '"; proxy_pass http://evil/; #',
  "$http_host",
  "~.*",
  "*",
  "@x",
  "' OR 1=1 --",
  "'; DROP TABLE x; --",
  "\\gexec",
  "$$",
  "-- ",
  "/*",
  "\\x27",
  "../../etc/passwd",
  "/../",
  "//",
  "?a=b",
  "%2e%2e%2f",
  "%00",
  "%zz",
  "http://evil/",
  "file:///etc/passwd",
  "a:b@c",
  "&a *a",
  "!!js/function",
  "- x",
  "key: value",
  "|",
  "null",
  "~",
  "<<: *x",
  "true",
  "0x1f",
  "1e9",
  "__proto__",
  "constructor",
  "toString",
  "::error::x",
  "::add-mask::x",
  "[object Object]",
  "NaN",
  "-oProxyCommand=id",
  "--privileged",
  "-v/:/host",
  "=",
  ",",
  ":",
  " ",
  "",
  "a=b",
  "A=B\nC=D",
  "{{.Env}}",
  "<script>",
] as const;

/** Around what a field takes, so that a check of beginning or end alone lets them through. */
const FRAMES: readonly [string, string][] = [
  ["", ""],
  ["/", "/"],
  ["/web", ""],
  ["web", ""],
  ["", ".example.com"],
  ["a", "b"],
  ["https://", ""],
  ["127.0.0.1:80", ""],
  ["localhost:5000/x", ""],
  [`sha256:${"a".repeat(64)}`, ""],
  ["ssh://a@b", ""],
  ["~/", ""],
  ["1", ""],
  ["A", ""],
];

/** 1,000 hostile texts, always the same ones. */
export function hostileStrings(): string[] {
  const seed = fc.constantFrom(...SEEDS);
  const framed = fc.tuple(fc.constantFrom(...FRAMES), seed).map(([[a, b], text]) => a + text + b);
  const joined = fc
    .tuple(framed, fc.oneof(framed, fc.string({ unit: "binary", maxLength: 9 })))
    .map((two) => two.join(""));
  const long = fc
    .tuple(framed, fc.constantFrom(300, 5_000, 70_000))
    .map(([text, length]) => text.padEnd(length, "a"));
  const all = fc.oneof(
    { weight: 5, arbitrary: framed },
    { weight: 4, arbitrary: joined },
    { weight: 1, arbitrary: long },
  );
  const samples = fc.sample(all, { numRuns: 3_000, seed: 4711 });
  return [
    ...new Set([
      ...SEEDS,
      ...FRAMES.flatMap(([a, b]) => SEEDS.map((text) => a + text + b)),
      ...samples,
    ]),
  ].slice(-1_000);
}
