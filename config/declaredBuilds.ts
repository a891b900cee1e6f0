import { checkSchema, formatPath } from "./checkSchema";
import { locateService, mergeService } from "./mergeServices";
import { isPlainObject, valueAt } from "./plainObject";
import type { ParsedBuild } from "./schemas/build";
import { serviceSchema } from "./schemas/service";
import { siteSchema, type ParsedSite } from "./schemas/site";
import { servicesFileSchema } from "./schemas/servicesFile";
import { findNameProblem } from "./serviceRules";
import { findSiteProblems } from "./siteService";
import { isStateful } from "./statefulRules";

/** What services.yaml says of one service's image. */
export interface DeclaredImage {
  readonly name: string;
  readonly enabled: boolean;
  /** Its own repository; undefined: the stack's, where `images` pushes. */
  readonly repository: string | undefined;
  /** How it is built; undefined: it says nothing of that. */
  readonly build: ParsedBuild | undefined;
  /** The files of a static site; undefined: it is none. */
  readonly site: ParsedSite | undefined;
}

/**
 * Reads what services.yaml and a stack's overrides say of images. Other settings are checked too: a mistake in one of
 * them would stop the release for which the image is built.
 *
 * @param content of services.yaml.
 * @param overrides the stack's `maestro:services`.
 */
export function declaredImages(
  content: unknown,
  overrides: unknown,
  stack: string,
): { readonly images: readonly DeclaredImage[]; readonly issues: readonly string[] } {
  const file = checkSchema(servicesFileSchema, content ?? { services: {} }, (path) =>
    path.length === 0 ? "services.yaml" : formatPath(path),
  );
  const { defaults = {}, services = {} } = file.known;
  const issues = [...file.issues];
  const images = Object.keys(services).flatMap((name) => {
    const problem = findNameProblem(name);
    if (problem !== undefined) {
      issues.push(problem);
      return [];
    }
    const override = isPlainObject(overrides) ? valueAt(overrides, [name]) : undefined;
    const sources = { defaults, declared: services[name], override };
    const locate = locateService(name, sources, stack);
    const merged = mergeService(sources);
    if (isStateful(merged)) return [];
    const check = checkSchema(serviceSchema, merged, locate);
    issues.push(...check.issues, ...findSiteProblems(check.known, locate));
    if (check.value === undefined) return [];
    const { enabled, repository, build, kind, site } = check.value;
    const files = kind === "static" ? (site ?? siteSchema.parse({})) : undefined;
    return [{ name, enabled, repository, build, site: files }];
  });
  return { images, issues };
}
