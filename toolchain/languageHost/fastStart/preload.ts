import { installCompileCache } from "./compileCache";
import { deferModules } from "./deferredModules";
import { formatErrorsWithoutColors } from "./errorText";

// Loaded into programs with --require, see ../fastStart.ts.
const file = process.env.MAESTRO_COMPILE_CACHE;
delete process.env.MAESTRO_COMPILE_CACHE;
deferModules();
formatErrorsWithoutColors();
if (file !== undefined) {
  installCompileCache(file);
}
