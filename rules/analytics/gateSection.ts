import type { ShownGate } from "../gates/gateWords";
import { escapeHtml as text, htmlTable, htmlTime } from "./html";
import { consentsOf, type Consent, type StackPage } from "./pageFacts";

/** What keeps releases in; empty where a stack has no gate. */
export function renderGates({ gates }: Pick<StackPage, "gates">): string[] {
  return gates.length === 0
    ? []
    : [htmlTable("Gates", ["Gate", "Wants", "Now"], gates.map(gateRow))];
}

/** Who has let releases out, and in spite of what; empty where nobody was asked. */
export function renderConsents(page: Pick<StackPage, "events">): string[] {
  const rows = consentsOf(page).map(consentRow);
  const head = ["When", "What", "Release", "By", "Why"];
  return rows.length === 0 ? [] : [htmlTable("Approvals and overrides", head, rows)];
}

function gateRow({ name, wants, now }: ShownGate): string[] {
  const isClosed = now?.startsWith("closed") ?? false;
  const state =
    now === null ? "" : `<span class="${isClosed ? "bad" : "good"}">${text(now)}</span>`;
  return [text(name), text(wants), state];
}

function consentRow({ at, what, isOverride, release, by, why }: Consent): string[] {
  return [
    htmlTime(at),
    `<span class="${isOverride ? "bad" : "good"}">${text(what)}</span>`,
    release === null ? "" : `<code>${text(release)}</code>`,
    text(by.join(", ")),
    text(why ?? ""),
  ];
}
