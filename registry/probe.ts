import { registryUrl } from "./reference";
import { fetchExchange, send, type Exchange, type RegistryAnswer } from "./registrySend";

/** What is found at an address where a registry should be. */
export type Found = "registry" | "nothing" | "something else";

/** Looks once. Nothing that answers with an error just now is taken for a registry. */
export function lookForRegistry(address: string): Promise<Found> {
  const answer = orNothing(registryUrl(address), { method: "GET" });
  return answer.then(kindOf, () => "something else");
}

/**
 * As {@link lookForRegistry}, and again while what answers there is overloaded or restarting.
 *
 * @throws RegistryError when it still is.
 */
export async function findRegistry(address: string): Promise<Found> {
  const subject = { who: `registry ${address}`, path: "its version" };
  return kindOf(await send(orNothing, subject, registryUrl(address), { method: "GET" }));
}

/** A line that is cut says nothing; that nobody listens does, and a retry would not change it. */
const NOBODY = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/;

const orNothing: Exchange = (url, request) =>
  fetchExchange(url, request).catch((error: unknown) => {
    const { cause } = error as { cause?: { code?: string } };
    if (!NOBODY.test(cause?.code ?? "")) throw error;
    return { status: 0, header: () => null, body: "" };
  });

function kindOf(answer: RegistryAnswer): Found {
  const { status } = answer;
  if (status === 0) return "nothing";
  const isRegistry = answer.header("docker-distribution-api-version") !== null;
  return isRegistry && [200, 401].includes(status) ? "registry" : "something else";
}
