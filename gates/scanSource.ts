import type { ScanReport } from "../rules/gates/scanReport";

/** What a source knows of one image. */
export interface FoundReport {
  /** What messages call it. */
  readonly name: string;
  /** Null: it cannot be read, or there is none. */
  readonly report: ScanReport | null;
  /** Why there is none; left out: there is. */
  readonly problem?: string;
}

/** Where reports of scans come from. */
export interface ScanSource {
  /** @param image with its repository, which may be another one than the digest's was. */
  read(image: string, digest: string): Promise<FoundReport>;
  close(): void;
}
