import { assetsPath, type RouteSettings } from "../../release/release";
import type { DeepFinding } from "../../rules/health/deepStatus";
import type { Answer } from "../../rules/host/asking";
import type { Examined, PlannedLook } from "./examined";

const MAXIMUM_BYTES = 2_000_000;
/** Where a page names its scripts and styles. */
const REFERENCES = /(?:src|href)=["']?([^"'\s>]+)/g;

/** What a browser does first with a service that has assets: it gets the page, and a file that the page names. */
export function frontendLooks(examined: Examined): PlannedLook[] {
  return examined.services.flatMap((service) => {
    const { route } = examined.record.services[service]!;
    const assets = assetsPath(route);
    if (assets === undefined) return [];
    return [
      { service, check: "frontend", look: () => lookAtPage(examined, service, route, assets) },
    ];
  });
}

async function lookAtPage(
  examined: Examined,
  service: string,
  { path }: RouteSettings,
  assets: string,
): Promise<DeepFinding> {
  const page = await get(examined, service, path);
  const type = String(page.headers["content-type"] ?? "no type");
  if (page.status !== 200 || !type.startsWith("text/html")) {
    return {
      condition: "bad",
      says: `${path} answers ${page.status}, ${type}, wanted a page`,
      mend: `maestro logs --stack ${examined.stack} --service ${service}`,
    };
  }
  const asset = findAsset(page.body, path, assets);
  if (asset === null) {
    const mend = "set site.assets, or route.assets, to where its build puts them";
    return { condition: "warning", says: `${path} names no file below ${assets}`, mend };
  }
  const { status, headers } = await get(examined, service, asset);
  if (status !== 200) {
    const mend = "release the page and its files together: build the image anew";
    return { condition: "bad", says: `${asset} answers ${status}, and ${path} names it`, mend };
  }
  const cache = String(headers["cache-control"] ?? "no cache-control");
  return { condition: "good", says: `${path}, and ${asset} (${cache})` };
}

/** The first file below the assets' path that a page names; null: there is none. */
export function findAsset(page: string, path: string, assets: string): string | null {
  const origin = "http://page.invalid";
  const named = [...page.matchAll(REFERENCES)].flatMap(([, reference = ""]) => {
    if (!URL.canParse(reference, origin + path)) return [];
    const url = new URL(reference, origin + path);
    return url.origin === origin ? [url.pathname] : [];
  });
  return named.find((each) => each.startsWith(assets) && each !== assets) ?? null;
}

function get(
  { hands, color, record, isActive }: Examined,
  service: string,
  path: string,
): Promise<Answer> {
  const bounds = { maxBodyBytes: MAXIMUM_BYTES };
  const request = { method: "GET", path, headers: { accept: "text/html,*/*" }, body: null, bounds };
  return hands.request({ color, record }, service, request, isActive ? "public" : "preview");
}
