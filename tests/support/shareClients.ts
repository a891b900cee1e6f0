import { docker } from "../../toolchain/setup/dockerClient";

/** Requests of a measurement that are under way at once. */
const AT_ONCE = 50;

/** The set that answers a client of this address. */
export async function setOfClient(
  url: string,
  client: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string | null> {
  const answer = await fetch(url, { headers: { "x-forwarded-for": client, ...headers } });
  await answer.arrayBuffer();
  return answer.headers.get("x-maestro-set");
}

/** Of so many clients, the percentage that gets another set than the one that serves. */
export async function shareOfClients(
  url: string,
  clients: number,
  serving: string | null,
): Promise<number> {
  let aside = 0;
  for (let start = 0; start < clients; start += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, (_, index) => start + index);
    const sets = await Promise.all(
      some.map((client) =>
        setOfClient(url, `10.${client % 199}.${Math.floor(client / 199) % 250}.7`),
      ),
    );
    aside += sets.filter((set) => set !== serving).length;
  }
  return (100 * aside) / clients;
}

/** The set that answers a service which calls another one, from inside its container. */
export async function setOfCaller(prefix: string, caller: string, path: string): Promise<string> {
  const ask = `import urllib.request as r; print(r.urlopen("http://${prefix}-edge:8080${path}").headers["x-maestro-set"])`;
  return docker(["exec", `${prefix}-${caller}`, "python3", "-c", ask]);
}

/** A browser's request: it sends the cookie that it has, and keeps the one that it is given. */
export async function browse(
  url: string,
  cookie: string | null,
): Promise<{ set: string | null; cookie: string | null }> {
  const answer = await fetch(url, { headers: cookie ? { cookie: `theme=dark; ${cookie}` } : {} });
  await answer.arrayBuffer();
  const given = answer.headers.get("set-cookie");
  const kept = given === null ? cookie : given.split(";")[0]!;
  return { set: answer.headers.get("x-maestro-set"), cookie: kept };
}
