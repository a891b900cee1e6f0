import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { constants, gunzipSync } from "node:zlib";

/** A place where a secret was found. */
export interface ScanHit {
  readonly where: string;
  /** `raw`, `base64` ... */
  readonly form: string;
  readonly secret: string;
}

const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** How a compressed file begins. */
const GZIP = Buffer.from([0x1f, 0x8b]);

/** Looks for planted secrets in any form in which a program may have written them down. */
export class SecretScan {
  private readonly needles: { secret: string; form: string; text: string }[];
  readonly hits: ScanHit[] = [];
  /** How many texts were looked at: a scan that looked at nothing has found nothing. */
  looked = 0;

  /** @param secrets name -> value; only the name is ever shown. */
  constructor(secrets: Readonly<Record<string, string>>) {
    this.needles = Object.entries(secrets).flatMap(([secret, value]) =>
      Object.entries(formsOf(value)).map(([form, text]) => ({ secret, form, text })),
    );
  }

  text(where: string, content: string): void {
    this.looked += 1;
    for (const { secret, form, text } of this.needles) {
      if (content.includes(text)) this.hits.push({ where, form, secret });
    }
  }

  /** All files below a directory; links are not followed. Another test may take its own away meanwhile. */
  directory(directory: string): void {
    const entries = unlessGone(() => readdirSync(directory, { withFileTypes: true }));
    for (const entry of entries ?? []) {
      const full = path.join(directory, entry.name);
      if (entry.isDirectory()) this.directory(full);
      else if (entry.isFile()) unlessGone(() => this.file(full));
    }
  }

  /** One file; what is compressed is looked at as it was before. */
  file(file: string): void {
    if (statSync(file).size >= MAX_FILE_BYTES) return;
    const content = readFileSync(file);
    const isCompressed = content.subarray(0, GZIP.length).equals(GZIP);
    // Whoever was killed has not written the end.
    const finishFlush = constants.Z_SYNC_FLUSH;
    this.text(
      file,
      (isCompressed ? gunzipSync(content, { finishFlush }) : content).toString("latin1"),
    );
  }

  /** Environment and arguments of every process there is. */
  processes(): void {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      for (const file of ["environ", "cmdline"]) {
        try {
          this.text(`/proc/${pid}/${file}`, readFileSync(`/proc/${pid}/${file}`, "latin1"));
        } catch {
          // It has ended, or is a thread of the kernel.
        }
      }
    }
  }
}

/** The value as it is, and as JSON, URLs and base64 have it, wherever in a longer text that begins. */
function formsOf(value: string): Record<string, string> {
  const bytes = Buffer.from(value);
  const base64At = (offset: number) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      // The first and last characters depend on what stands around it.
      .slice(offset === 0 ? 0 : 4, -4);
  return {
    raw: bytes.toString("latin1"),
    json: JSON.stringify(value).slice(1, -1),
    jsonTwice: JSON.stringify(JSON.stringify(value)).slice(3, -3),
    url: encodeURIComponent(value),
    base64: base64At(0),
    base64At1: base64At(1),
    base64At2: base64At(2),
    firstHalf: value.slice(0, Math.ceil(value.length / 2)),
    reversed: [...value].reverse().join(""),
  };
}

function unlessGone<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
