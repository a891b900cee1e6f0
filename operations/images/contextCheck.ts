import { existsSync, readdirSync, readFileSync, type Dirent } from "node:fs";
import path from "node:path";
import dockerignore from "@balena/dockerignore";
import { ignoreFileOf, type ServiceSource } from "./services";

/** What no image needs of a working directory, and what must be in none. */
const UNWANTED: readonly RegExp[] = [
  /^\.git$/,
  /^node_modules$/,
  /^\.env(?:\.(?!example$|sample$|template$).+)?$/,
  /^id_(?:rsa|ed25519|ecdsa)$/,
  /\.(?:pem|key|p12|pfx)$/,
];
/** Not looked into: what is in there is named by its directory. */
const CLOSED = [".git", "node_modules", ".venv", "__pycache__"];
const SHOWN = 5;

/**
 * What reaches builds and should not, a line for each context with what to write where. Services that share a context
 * share the line.
 */
export function findUnwanted(services: readonly ServiceSource[]): string[] {
  // A site's build gets a copy of what is served, and nothing else.
  const own = services.filter(({ site }) => !site);
  const byContext = new Map(own.map((service) => [service.context, service]));
  return [...byContext.values()].flatMap((service) => {
    const file = ignoreFileOf(service);
    const found = listUnwanted(service.context, file);
    if (found.length === 0) return [];
    const more = found.length > SHOWN ? ` and ${found.length - SHOWN} more` : "";
    const names = found.slice(0, SHOWN).join(", ");
    const to = path.relative(process.cwd(), file) || file;
    return `${service.name}: its build gets ${names}${more}; name them in ${to}, so that they reach no image`;
  });
}

function listUnwanted(context: string, ignoreFile: string): string[] {
  const ignored = dockerignore();
  const patterns = existsSync(ignoreFile) ? readFileSync(ignoreFile, "utf8").split(/\r?\n/) : [];
  ignored.add(patterns);
  const takesBack = patterns.some((pattern) => pattern.trimStart().startsWith("!"));
  const found: string[] = [];
  const look = (directory: string) => {
    for (const entry of entriesOf(path.join(context, directory))) {
      const name = path.join(directory, entry.name);
      // Asked for a file in it: a pattern may name what is inside, and take some of it back.
      const isOut = ignored.ignores(entry.isDirectory() ? path.join(name, "file") : name);
      if (UNWANTED.some((pattern) => pattern.test(entry.name))) {
        if (!isOut) found.push(name);
      } else if (entry.isDirectory() && !CLOSED.includes(entry.name) && (takesBack || !isOut)) {
        look(name);
      }
    }
  };
  look("");
  return found.sort();
}

/** Nothing of a directory that may not be read, such as a database's: advice stops no build. */
function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (["EACCES", "EPERM", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? ""))
      return [];
    throw error;
  }
}
