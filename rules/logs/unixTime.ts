/** `1764445637.532000000`, from RFC 3339 in UTC with up to nine digits of a second. */
export function unixTime(at: string): string {
  const [, whole = "", digits = ""] = /^([^.Z]+)(?:\.(\d+))?Z$/.exec(at) ?? [];
  return `${Date.parse(`${whole}Z`) / 1000}.${digits.padEnd(9, "0")}`;
}
