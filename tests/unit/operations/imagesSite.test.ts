import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { siteSchema, type ParsedSite } from "../../../config/schemas/site";
import { contentHash } from "../../../operations/images/contentHash";
import type { ServiceSource } from "../../../operations/images/services";
import { renderSiteConfig, renderSiteDockerfile } from "../../../operations/images/siteFiles";
import { findPrevious, prepareSite, stageSite } from "../../../operations/images/siteImage";
import { RegistryClient } from "../../../registry/registryClient";

const SITE = siteSchema.parse({});
const LONG = "body { margin: 0 }\n".repeat(200);

let directory: string;
const staged: string[] = [];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "maestro-site-test-"));
  write("dist/index.html", "<!doctype html>\n");
  write("dist/assets/page-1.css", LONG);
});

afterEach(() => {
  [directory, ...staged.splice(0)].forEach((it) => rmSync(it, { recursive: true, force: true }));
});

function write(file: string, content: string): void {
  const full = path.join(directory, file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, content);
}

function source(site: ParsedSite): ServiceSource {
  const context = directory;
  const rest = { directory: context, origin: context, buildArguments: {}, secrets: {} };
  return { name: "web", context, dockerfile: path.join(context, "Dockerfile"), ...rest, site };
}

function stage(site: ParsedSite = SITE): ServiceSource {
  const result = stageSite(source(site), site);
  staged.push(result.context);
  return result;
}

/** As `images` names it. */
function nameOf({ directory: files, dockerfile }: ServiceSource): string {
  const inputs = { isContext: true, ignoreFile: "", base: "nginx", buildArguments: {} };
  return contentHash({ directory: files, dockerfile, ...inputs });
}

describe("a static site's image", () => {
  it("is made of what its build has written, nginx's configuration and a Dockerfile", () => {
    const { context, dockerfile } = stage();
    const text = (file: string) => readFileSync(path.join(context, file), "utf8");
    expect(text("site/assets/page-1.css")).toBe(LONG);
    expect(text("nginx.conf")).toBe(renderSiteConfig(SITE));
    expect(readFileSync(dockerfile, "utf8")).toBe(renderSiteDockerfile(SITE, null));
  });

  it("has another name when a file or a setting changes, and the same for the same site", () => {
    const name = nameOf(stage());
    expect(nameOf(stage())).toBe(name);
    expect(nameOf(stage({ ...SITE, fallback: false }))).not.toBe(name);
    expect(nameOf(stage({ ...SITE, contentSecurityPolicy: null }))).not.toBe(name);
    write("dist/index.html", "<!doctype html>.\n");
    expect(nameOf(stage())).not.toBe(name);
  });

  it("can be read by nginx, whatever the umask of whoever built the site", () => {
    chmodSync(path.join(directory, "dist/assets/page-1.css"), 0o600);
    chmodSync(path.join(directory, "dist/assets"), 0o700);
    const { context } = stage();
    const mode = (file: string) => statSync(path.join(context, "site", file)).mode & 0o777;
    expect([mode("assets"), mode("assets/page-1.css")]).toEqual([0o755, 0o644]);
  });

  it("has texts compressed where that is worth it, and the folder of assets in any case", () => {
    rmSync(path.join(directory, "dist/assets"), { recursive: true });
    write("dist/page.css", LONG);
    write("dist/photo.jpg", LONG);
    const service = stage();
    prepareSite(service, SITE, null);
    const file = (name: string) => path.join(service.context, "site", name);
    expect(gunzipSync(readFileSync(file("page.css.gz"))).toString()).toBe(LONG);
    expect(["photo.jpg.gz", "index.html.gz", "assets"].map((it) => existsSync(file(it)))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it("takes along the assets of the image before", () => {
    const service = stage();
    const previous = `localhost:5000/shop/web@sha256:${"a".repeat(64)}`;
    prepareSite(service, SITE, previous);
    expect(readFileSync(service.dockerfile, "utf8")).toContain(
      `COPY --from=${previous} /srv/site/assets/ /srv/previous/assets/\n`,
    );
  });
});

describe("the image before", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const repository = { address: "localhost:5000", path: "shop/web" };
  const registry = (labels: Record<string, string>) => {
    const answer = (body: object) => ({
      status: 200,
      body: JSON.stringify(body),
      header: () => "",
    });
    return new RegistryClient(
      () => Promise.resolve(null),
      (url) =>
        Promise.resolve(
          url.includes("/manifests/")
            ? answer({ config: { digest } })
            : answer({ architecture: "amd64", os: "linux", config: { Labels: labels } }),
        ),
    );
  };

  it.each([
    ["has its assets in the same folder", { "maestro.assets": "/assets/" }, true],
    ["has them in another one", { "maestro.assets": "/static/" }, false],
    ["is no static site's", {}, false],
  ])("counts where it %s", async (_case, labels: Record<string, string>, counts) => {
    const found = await findPrevious(registry(labels), repository, digest, SITE);
    expect(found).toBe(counts ? `localhost:5000/shop/web@${digest}` : null);
  });

  it("is none where the stack has released none", async () => {
    expect(await findPrevious(registry({}), repository, undefined, SITE)).toBeNull();
  });
});

describe("nginx's configuration of a static site", () => {
  it("follows the site's settings", () => {
    const config = renderSiteConfig({
      ...{ assets: "/_app/immutable/", fallback: false, contentSecurityPolicy: null },
    });
    expect(config).toContain("location ^~ /_app/immutable/ {");
    expect(config).toContain("try_files $uri $uri/index.html =404;");
    expect(config).not.toContain("Content-Security-Policy");
  });
});
