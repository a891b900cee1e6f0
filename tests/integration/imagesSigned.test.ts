import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { packageRoot } from "../../config/project";
import { findSignatureProblem } from "../../gates/signatures";
import { openCosign } from "../../registry/cosign";
import { ImageWorkshop } from "../support/imageWorkshop";
import { KEY_PASSWORD, SignedImages, useSigningTools } from "../support/signedImages";

jest.setTimeout(600_000);

const BUILDER = "https://github.com/acme/shop/.github/workflows/main.yml";
const PROVENANCE = { builder: BUILDER, source: "https://github.com/acme/shop" };

describe("images --sign", () => {
  const project = ".maestro/tests/itest-signatures";
  const own = () => path.join(images.directory, "own.key");
  let images: SignedImages;
  let workshop: ImageWorkshop;
  let leaveTools: () => void;

  beforeAll(async () => {
    leaveTools = await useSigningTools();
    process.env["COSIGN_PASSWORD"] = KEY_PASSWORD;
    images = await SignedImages.create("own", "other");
    const keys = path.join(packageRoot(), project);
    mkdirSync(keys, { recursive: true });
    cpSync(path.join(images.directory, "own.pub"), path.join(keys, "own.pub"));
    workshop = new ImageWorkshop("localhost:5000", images.namespace);
    const provenance = `{ builder: ${BUILDER}, source: "${PROVENANCE.source}" }`;
    const signatures = `{ key: ${project}/own.pub, provenance: ${provenance} }`;
    await workshop.open(`  maestro:gates: { signatures: ${signatures} }\n`);
    workshop.write("services/shop/Dockerfile", "FROM scratch\nCOPY . /app/\n");
    workshop.write(
      "services/shop/node_modules/lodash/package.json",
      JSON.stringify({ name: "lodash", version: "4.17.21" }),
    );
    await git("init", "--quiet");
    await git("remote", "add", "origin", "git@github.com:acme/shop.git");
    await git("add", "services");
    await git("commit", "--quiet", "--message", "shop");
  });
  afterAll(async () => {
    leaveTools();
    delete process.env["COSIGN_PASSWORD"];
    await workshop.close();
    await images.remove();
    rmSync(path.join(packageRoot(), project), { recursive: true, force: true });
  });

  const git = (...args: readonly string[]) => {
    const who = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    return execa("git", [...who, ...args], { cwd: workshop.directory });
  };
  const make = (...options: string[]) =>
    workshop.images(path.join(workshop.directory, "services"), ...options);
  const signing = (key = own()) => ["--sign", key, "--provenance", "--builder", BUILDER];
  const sboms = () => path.join(workshop.directory, "sboms");
  /** As the gate says it. */
  const problemOf = async (image: string) => {
    const cosign = await openCosign();
    const settings = {
      key: "own.pub",
      transparencyLog: false,
      provenance: PROVENANCE,
      waivers: [],
    };
    return findSignatureProblem(image, { cosign, settings, root: images.directory });
  };
  const imageOf = ({ images: [made] }: Awaited<ReturnType<typeof make>>) =>
    `localhost:5000/${images.namespace}/shop@${made?.digest}`;

  it("signs what it builds, so that the gate lets it out, with its provenance and its parts", async () => {
    const made = await make(...signing(), "--sbom", sboms());
    const image = imageOf(made);
    expect(await problemOf(image)).toBeNull();
    const [, digest = ""] = image.split("@sha256:");
    const file = path.join(sboms(), `${digest}.spdx.json`);
    expect(made.images[0]?.sbom).toBe(file);
    const parts = readFileSync(file, "utf8");
    expect(parts).toContain('"lodash"');
    expect(parts).toContain(digest);
    expect(await images.attested(image, "own", "spdxjson")).toContain("lodash");
    const statement = await images.attested(image, "own", "slsaprovenance1");
    const { stdout: commit } = await git("rev-parse", "HEAD");
    expect(statement).toContain(`"gitCommit":"${commit}"`);
    const again = await make(...signing(), "--sbom", sboms());
    expect(again.images[0]).toMatchObject({ built: false, digest: made.images[0]?.digest });
  });

  it("signs nothing that it has not built: who can push can give an image any tag", async () => {
    workshop.write("services/shop/more", "1");
    await git("add", "services");
    await git("commit", "--quiet", "--message", "more");
    const [made] = (await make(...signing())).images;
    const base = `http://localhost:5000/v2/${images.namespace}/shop/manifests`;
    const type = "application/vnd.docker.distribution.manifest.v2+json";
    const tags = await fetch(base.replace("manifests", "tags/list"));
    const { tags: all } = (await tags.json()) as { tags: string[] };
    const evil = await make();
    const body = await (
      await fetch(`${base}/${evil.images[0]?.digest}`, { headers: { Accept: type } })
    ).text();
    for (const tag of all.filter((tag) => tag.startsWith("content-"))) {
      await fetch(`${base}/${tag}`, { method: "PUT", headers: { "Content-Type": type }, body });
    }
    const [again] = (await make(...signing())).images;
    expect(again).toMatchObject({ built: true });
    expect(await problemOf(imageOf({ changed: false, images: [again!] }))).toBeNull();
    expect(await problemOf(imageOf(evil))).toMatch(/^has no signature/);
    expect(made).toMatchObject({ built: true });
  });

  it.each([
    [["--provenance"], "--provenance: is signed too; name a key by --sign, or `--sign keyless`"],
    [
      ["--sign", "keyless", "--provenance", "--builder", BUILDER],
      "--sign: maestro:gates.signatures wants a key, got keyless",
    ],
    [
      ["--sign", "gone.key"],
      '--sign: no such file, got "gone.key"; write the key there\n--provenance: is required by maestro:gates.signatures.provenance; add it',
    ],
    [
      ["--sign", "gone.key", "--provenance"],
      "--builder: is required outside of GitHub Actions and GitLab CI; name who builds",
    ],
    [
      ["--sign", "env://KEY", "--provenance", "--builder", "https://eve.example.com"],
      `--provenance: maestro:gates.signatures would refuse what is built here: it was built by https://eve.example.com, not by ${BUILDER}`,
    ],
  ])("refuses %j before it builds", async (options, says) => {
    const before = workshop.release();
    await expect(make(...options)).rejects.toThrow(says);
    expect(workshop.release()).toEqual(before);
  });

  it("refuses a key that the gate does not take, and changes that are in no commit", async () => {
    workshop.write("services/shop/more", "2");
    await expect(make(...signing())).rejects.toThrow(
      /has changes that are in no commit; commit them/,
    );
    await git("commit", "--all", "--quiet", "--message", "more");
    const other = path.join(images.directory, "other.key");
    await expect(make(...signing(other))).rejects.toThrow(
      "is signed, and maestro:gates.signatures refuses it: has a signature, and none is by",
    );
    // It is not taken for whole the next time.
    expect((await make(...signing())).images[0]).toMatchObject({ built: true });
  });
});
