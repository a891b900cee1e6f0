import Module from "node:module";
import { closureHooks } from "./closureHooks";

/** Node's own module loader, as much of it as is replaced here. */
interface Loader {
  _load(request: string, parent: NodeModule | undefined, isMain: boolean): unknown;
  _resolveFilename(request: string, parent: NodeModule | undefined): string;
}

/** Which requests of which files of @pulumi/pulumi wait for the first use: only turning functions into text needs them. */
const DEFERRED: readonly (readonly [parent: string, request: RegExp])[] = [
  ["@pulumi/pulumi/typescript-shim.js", /typescript/],
  ["@pulumi/pulumi/runtime/closure/codePaths.js", /^@npmcli\/arborist$/],
];

const HOOKS = /(^|\/closure)\/v8Hooks$/;

/**
 * Loads the TypeScript compiler, npm's Arborist and V8's inspector on first use instead of at each start. Together they
 * are two thirds of the time in which @pulumi/pulumi loads, and a program that serializes no functions needs none.
 */
export function deferModules(): void {
  const loader = Module as unknown as Loader;
  const load = loader._load.bind(loader);
  loader._load = (request, parent, isMain) => {
    const from = parent?.filename.replaceAll("\\", "/") ?? "";
    if (HOOKS.test(request) && from.includes("/@pulumi/pulumi/")) {
      return closureHooks;
    }
    if (DEFERRED.some(([file, wanted]) => from.endsWith(`/${file}`) && wanted.test(request))) {
      // Throws for a module that is not there, as the caller expects from require.
      loader._resolveFilename(request, parent);
      return lazily(() => load(request, parent, isMain) as object);
    }
    return load(request, parent, isMain);
  };
}

/** An object that becomes the module when somebody looks at it. */
function lazily(load: () => object): object {
  let loaded: object | undefined;
  const module = () => (loaded ??= load());
  return new Proxy(
    {},
    {
      // An answer of its own, or the helper for `import *` would copy, and so load, the whole module.
      get: (_, key) => (key === "__esModule" ? true : (Reflect.get(module(), key) as unknown)),
      has: (_, key) => Reflect.has(module(), key),
      ownKeys: () => Reflect.ownKeys(module()),
      getOwnPropertyDescriptor: (_, key) => {
        const descriptor = Reflect.getOwnPropertyDescriptor(module(), key);
        return descriptor === undefined ? undefined : { ...descriptor, configurable: true };
      },
    },
  );
}
