import util from "node:util";

/**
 * Keeps Node 20 from hanging on an error: to color a stack it looks for what follows `node_modules/`, and for a path that
 * ends there, which @pulumi/pulumi's source maps lead to, it appends to a string until that is full: half a minute
 * later. Without colors it does not look.
 */
export function formatErrorsWithoutColors(): void {
  util.inspect = new Proxy(util.inspect, {
    apply: (inspect, self, [value, options, ...rest]: unknown[]) => {
      const isColored = typeof options === "object" && options !== null && "colors" in options;
      const plain = util.types.isNativeError(value) && isColored;
      const wanted = plain ? { ...options, colors: false } : options;
      return Reflect.apply(inspect, self, [value, wanted, ...rest]) as string;
    },
  });
}
