import type { ImageDeclarations } from "../../release/imageDeclaration";
import type { ObservedState } from "../../release/rolloutPlan";

/** What `observeHost` reports to a program under test. */
export const observedState: { current: ObservedState | null } = { current: null };

/** Stands in for `host/observe`: no edge, no engine. */
export function observeHost(): Promise<ObservedState | null> {
  return Promise.resolve(observedState.current);
}

/** What images declare to a program under test. */
export const imageDeclarations: { current: ImageDeclarations } = { current: {} };

/** Stands in for `registry/imagePreflight`: every image can be had. */
export function checkImages(): Promise<ImageDeclarations> {
  return Promise.resolve(imageDeclarations.current);
}

/** Stands in for `components/hostPreflight`: the engine can do what is asked. */
export function checkEngine(): Promise<void> {
  return Promise.resolve();
}

/** Stands in for `components/hostPreflight`: the database server is as it was. */
export function checkDatabaseServer(): Promise<void> {
  return Promise.resolve();
}

/** Stands in for `components/hostPreflight`: a certificate that nothing is wrong with. */
export function readCertificate(): Promise<{ fingerprint: string; problems: string[] }> {
  return Promise.resolve({ fingerprint: "0".repeat(64), problems: [] });
}
