import { formatPath, place, quote, type Partly } from "./checkSchema";
import type { ParsedStack } from "./schemas/stack";
import type { ListenAddress } from "./settings";

type Listener = Partly<ListenAddress>;

/** What must hold between the fields of a stack's configuration. */
export function checkStackRules(stack: Partly<ParsedStack>): string[] {
  return [...findListenClashes(stack)];
}

function findListenClashes({ edge }: Partly<ParsedStack>): string[] {
  const listeners: [string, Listener | undefined][] = [
    ["listen", edge?.listen],
    ["preview", edge?.preview],
    ["tls.listen", edge?.tls?.listen],
  ];
  return listeners.flatMap(([name, listener], index) => {
    const taken = listeners.slice(0, index).find(([, other]) => clash(listener, other));
    return taken === undefined
      ? []
      : [
          place(
            ["edge", ...name.split(".")],
            `uses the port of edge.${taken[0]}, got ${showListener(listener)}; choose another port`,
            formatPath,
          ),
        ];
  });
}

function clash(a: Listener | undefined, b: Listener | undefined): boolean {
  return (
    a?.port !== undefined &&
    a.port === b?.port &&
    (a.address === b.address || a.address === ANY_ADDRESS || b.address === ANY_ADDRESS)
  );
}

const ANY_ADDRESS = "0.0.0.0";

function showListener(listener: Listener | undefined): string {
  return quote(`${listener?.address}:${listener?.port}`);
}
