import { createHash, randomUUID } from "node:crypto";
import * as path from "node:path";
import type { AcmeState } from "../rules/acme/renewal";
import { EDGE_USER_ID } from "../rules/edge/edgeLayout";
import {
  CHALLENGES,
  currentFingerprint,
  ISSUED,
  pairFile,
  renderCurrent,
} from "../rules/edge/issuedCertificate";
import type { HostFiles } from "./host";

/** A run that has not ended by then was killed. */
const STALE_MILLISECONDS = 30 * 60_000;
/** What an authority may call a challenge: it becomes the name of a file. */
const CHALLENGE = /^[\w-]{1,200}$/;

/** Somebody else changes the files, so nothing has failed. */
export class BusyError extends Error {
  public override readonly name = "BusyError";
}

/**
 * The files of certificates that are issued to a stack's edge.
 *
 * ```
 * acme/account-<authority>.pem  key of the account there
 * acme/state.json               what was issued last, and until when an authority is left alone
 * acme/run.json                 is there while somebody renews
 * edge/tls/<fingerprint>.pem    a certificate and its key; never changed
 * edge/tls/current.conf         which of them nginx loads
 * edge/tls/certificate.pem      that one without its key
 * edge/challenges/<token>       what the edge answers an authority
 * ```
 */
export class EdgeCertificates {
  /** @param root the stack's directory on the host. */
  constructor(
    private readonly files: HostFiles,
    private readonly root: string,
  ) {}

  /** Has nginx able to start: until the first certificate it refuses TLS. */
  async prepare(): Promise<void> {
    const file = this.inEdge(ISSUED.current);
    if (!(await this.files.exists(file))) await this.files.write(file, renderCurrent(null));
  }

  /** Fingerprint of the pair that nginx loads; null: none. */
  async readCurrent(): Promise<string | null> {
    const text = await this.files.read(this.inEdge(ISSUED.current));
    return text && currentFingerprint(text.toString("utf8"));
  }

  /** Names the pair that nginx loads the next time. */
  async writeCurrent(fingerprint: string | null): Promise<void> {
    await this.files.write(this.inEdge(ISSUED.current), renderCurrent(fingerprint));
  }

  /** Names a pair for a test of nginx alone. */
  async writeCandidate(fingerprint: string): Promise<void> {
    await this.files.write(this.inEdge(ISSUED.candidate), renderCurrent(fingerprint));
  }

  async removeCandidate(): Promise<void> {
    await this.files.remove(this.inEdge(ISSUED.candidate));
  }

  /** A pair as PEM, its certificates first; null: it is not there. */
  async readPair(fingerprint: string): Promise<string | null> {
    return (await this.files.read(this.inEdge(pairFile(fingerprint))))?.toString("utf8") ?? null;
  }

  /** @param chain the certificate and those that it is signed with. @param key its private key; both PEM. */
  async writePair(fingerprint: string, chain: string, key: string): Promise<void> {
    const content = `${chain.trim()}\n${key.trim()}\n`;
    const secret = { mode: 0o400, owner: EDGE_USER_ID };
    await this.files.write(this.inEdge(pairFile(fingerprint)), content, secret);
  }

  /** The certificate that nginx was last told to load, without its key, PEM; null: none. */
  readPublic(): Promise<Buffer | null> {
    return this.files.read(this.inEdge(ISSUED.public));
  }

  /** Has the certificate that nginx loads to be read by all, and removes the pairs before it. */
  async settle(fingerprint: string): Promise<void> {
    const pair = await this.readPair(fingerprint);
    const chain = pair?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    await this.files.write(this.inEdge(ISSUED.public), `${chain.join("\n")}\n`);
    const directory = this.inEdge(ISSUED.directory);
    for (const { name } of await this.files.list(directory)) {
      if (!/^[0-9a-f]{64}\.pem$/.test(name) || name === `${fingerprint}.pem`) continue;
      await this.files.remove(path.posix.join(directory, name));
    }
  }

  async readState(): Promise<AcmeState> {
    const text = await this.files.read(this.inAcme("state.json"));
    return text === null ? {} : (JSON.parse(text.toString("utf8")) as AcmeState);
  }

  async writeState(state: AcmeState): Promise<void> {
    await this.files.write(this.inAcme("state.json"), `${JSON.stringify(state)}\n`);
  }

  /** Key of the account at an authority, PEM; null: there is none yet. */
  readAccountKey(authority: string): Promise<Buffer | null> {
    return this.files.read(this.accountFile(authority));
  }

  async writeAccountKey(authority: string, key: string): Promise<void> {
    await this.files.write(this.accountFile(authority), key, { mode: 0o600 });
  }

  /** Has the edge answer a challenge. @throws Error where its name, ACME's token, is no file's. */
  async answer(challenge: string, content: string): Promise<void> {
    await this.files.write(this.challengeFile(challenge), content);
  }

  async removeAnswer(challenge: string): Promise<void> {
    await this.files.remove(this.challengeFile(challenge));
  }

  /**
   * Does something that nobody else does at the same time.
   *
   * @throws BusyError when somebody does.
   */
  async alone<T>(action: () => Promise<T>): Promise<T> {
    const file = this.inAcme("run.json");
    const mine = JSON.stringify({ since: new Date().toISOString(), run: randomUUID() });
    if (!(await this.files.create(file, mine))) {
      const text = (await this.files.read(file))?.toString("utf8") ?? "{}";
      const { since } = JSON.parse(text) as { since?: string };
      if (since !== undefined && Date.now() - Date.parse(since) < STALE_MILLISECONDS) {
        throw new BusyError(
          `${file}: somebody renews the certificate since ${since}; wait for its end, or remove the file if that was killed`,
        );
      }
      await this.files.remove(file);
      return this.alone(action);
    }
    try {
      return await action();
    } finally {
      await this.files.remove(file);
    }
  }

  private accountFile(authority: string): string {
    const name = createHash("sha256").update(authority).digest("hex").slice(0, 12);
    return this.inAcme(`account-${name}.pem`);
  }

  private challengeFile(challenge: string): string {
    if (!CHALLENGE.test(challenge)) {
      throw new Error(`the authority's name of a challenge is not valid, got ${challenge}`);
    }
    return this.inEdge(path.posix.join(CHALLENGES.directory, challenge));
  }

  private inEdge(file: string): string {
    return path.posix.join(this.root, "edge", file);
  }

  private inAcme(file: string): string {
    return path.posix.join(this.root, "acme", file);
  }
}
