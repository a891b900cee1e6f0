import inspector from "node:inspector";
import v8 from "node:v8";

let session: Promise<inspector.Session> | undefined;
const scriptUrls = new Map<string, string>();

/**
 * Stands in for @pulumi/pulumi's `runtime/closure/v8Hooks`, which turns V8's debugger on at each start. This one turns it
 * on when the first function is serialized: V8 then reports all scripts it has parsed so far, so nothing is missed.
 */
export const closureHooks = {
  __esModule: true,
  getSessionAsync: (): Promise<inspector.Session> => (session ??= connect()),
  isInitializedAsync: (): Promise<void> => Promise.resolve(),
  getScriptUrl: (id: string): string | undefined => scriptUrls.get(id),
};

// Function serialization uses V8's %-functions as soon as its code is parsed.
v8.setFlagsFromString("--allow-natives-syntax");

async function connect(): Promise<inspector.Session> {
  const created = new inspector.Session();
  created.connect();
  created.on("Debugger.scriptParsed", ({ params }) => {
    scriptUrls.set(params.scriptId, params.url);
  });
  await new Promise<void>((resolve, reject) => {
    created.post("Debugger.enable", (error) => (error ? reject(error) : resolve()));
  });
  return created;
}
