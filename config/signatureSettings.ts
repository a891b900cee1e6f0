import type * as z from "zod/mini";
import type { SignatureSettings } from "../rules/gates/signatureRules";
import type { signaturesSchema } from "./schemas/signatures";

/** Fills in what a checked `maestro:gates.signatures` leaves out. */
export function createSignatureSettings({
  transparencyLog = false,
  ...signatures
}: z.infer<typeof signaturesSchema>): SignatureSettings {
  // A certificate holds for minutes: only the log says that it held when the signature was made.
  return { transparencyLog: transparencyLog || signatures.key === undefined, ...signatures };
}
