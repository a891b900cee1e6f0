import { SHARES } from "../../release/canary";
import { setRanges } from "../../release/addresses";
import { COLORS, type Color } from "../../release/release";
import { EDGE_MOUNT } from "./edgeLayout";
import { renderTakenSet } from "./nginxTakenSet";

/**
 * The shares that get a set aside at this percentage, by the ends of their files' names: those of the clients, testers, and
 * the set's own services.
 */
export function sharesUpTo(color: Color, percent: number): string[] {
  if (percent <= 0) return [];
  return [TESTERS, color, ...SHARES.filter((share) => share <= percent).map(String)];
}

/** How the edge tells clients apart, so that a share of them can get the set that the others do not. */
export interface EdgeShares {
  /** `address`: by the client's address. `cookie`: by a cookie that the edge gives each browser. */
  readonly stickyBy: "address" | "cookie";
  /** Header by which a tester asks for the release that only a share gets (`new`), or that the others get (`old`); null: none. */
  readonly override: string | null;
}

/** Cookie that keeps a browser in its share. */
const COOKIE = "maestro_client";
/** Share that only testers are in, by the header. */
const TESTERS = "0";

/** Variable with the set that serves, or on the preview port the other one, whatever a client or a service gets aside. */
export function servingVariable({
  shares,
  rolling,
}: {
  readonly shares?: EdgeShares;
  readonly rolling?: true;
}): string {
  return shares || rolling ? "$maestro_serving" : "$maestro_set";
}

/** What tells clients apart, and the set that each request takes. */
export function renderShares({ stickyBy, override }: EdgeShares, subnet: string): string {
  const bounds = SHARES.map((share, at) => `${share - (SHARES[at - 1] ?? 0)}% ${share};`);
  const client = stickyBy === "cookie" ? "$maestro_client" : "$remote_addr";
  const asked = override === null ? "" : `$http_${override.toLowerCase().replaceAll("-", "_")}`;
  return [
    ...(stickyBy === "cookie" ? renderCookie() : []),
    `  split_clients ${client} $maestro_split { ${bounds.join(" ")} * 100; }`,
    "  # A service that calls another one gets the set that it is in, so that no chain of calls has both releases.",
    "  geo $realip_remote_addr $maestro_caller {",
    '    default "";',
    ...COLORS.flatMap((color) => setRanges(subnet, color).map((range) => `    ${range} ${color};`)),
    "  }",
    "  # Questions of maestro's own get what most clients get.",
    `  map "$maestro_probe:$maestro_caller:${asked}" $maestro_share {`,
    "    default $maestro_split;",
    '    "~^true:" none;',
    ...COLORS.map((color) => `    "~^false:${color}:" ${color};`),
    ...(override === null ? [] : [`    "false::new" ${TESTERS};`, '    "false::old" none;']),
    "  }",
    ...renderTakenSet(),
  ].join("\n");
}

function renderCookie(): string[] {
  const given = `$cookie_${COOKIE}`;
  const set = `${COOKIE}=$request_id; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax`;
  return [
    `  map ${given} $maestro_known_client { default ""; "~^[0-9a-f]{32}$" ${given}; }`,
    '  map $maestro_known_client $maestro_client { default $maestro_known_client; "" $request_id; }',
    `  map $maestro_known_client $maestro_new_client { default ""; "" "${set}"; }`,
  ];
}

/** Gives a browser its cookie; no line for who has one. */
export function shareCookie(shares: EdgeShares | undefined): string[] {
  return shares?.stickyBy === "cookie" ? ["add_header Set-Cookie $maestro_new_client always;"] : [];
}

/** A share gets another set where a file of that set's name and of the share is there. */
export function renderShareSwitch(): string[] {
  return [
    '    set $maestro_aside "";',
    ...COLORS.map(
      (color) =>
        `    if (-f ${EDGE_MOUNT}/switch/${color}-$maestro_share) { set $maestro_aside ${color}; }`,
    ),
    '    set $maestro_port_set "$server_port:$maestro_aside";',
  ];
}
