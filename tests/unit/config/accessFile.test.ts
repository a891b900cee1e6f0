import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { AccessFileError, readAccess } from "../../../config/accessFile";

let root: string;
beforeEach(() => (root = mkdtempSync(path.join(tmpdir(), "maestro-access-file-"))));
afterEach(() => rmSync(root, { recursive: true }));

const read = (content: object) => {
  writeFileSync(path.join(root, "access.yaml"), stringify(content));
  return readAccess(root);
};
const issuesOf = (content: object): Promise<readonly string[]> =>
  read(content).then(
    () => [],
    (error: AccessFileError) => error.issues.map((line) => line.replace(`${root}/`, "")),
  );

it("is read with what it leaves out", async () => {
  expect(await read({ roles: { operator: [{ os: "alice" }] } })).toEqual({
    file: path.join(root, "access.yaml"),
    version: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
    roles: { operator: [{ os: "alice" }] },
    breakGlass: [],
    issuers: {
      github: "https://token.actions.githubusercontent.com",
      gitlab: "https://gitlab.com",
    },
    audience: "maestro",
    keepEventsDays: 400,
  });
});

it("names all its mistakes at once", async () => {
  const issues = await issuesOf({
    roles: {
      operater: [],
      operator: [
        {},
        { os: "alice", aws: "arn:aws:iam::123456789012:user/alice" },
        { github: { actor: "alice" } },
        { github: { repository: "*/shop" } },
        { aws: "deploy" },
        { os: "alice", stacks: [] },
      ],
      admin: "alice",
    },
    issuers: { github: "http://example.com" },
    keepEventsDays: 1,
  });
  expect(issues).toEqual([
    "access.yaml: roles.operator[0]: names nobody, got an empty object; give one of os, github, gitlab, aws, signer",
    "access.yaml: roles.operator[1]: names os and aws, got an object; write a line for each",
    "access.yaml: roles.operator[2].github.repository: is required; such as acme/shop",
    'access.yaml: roles.operator[3].github.repository: must be owner/name, without `*`, got "*/shop"; such as acme/shop',
    expect.stringMatching(/^access.yaml: roles.operator\[4\].aws: must be an ARN .*, got "deploy"/),
    "access.yaml: roles.operator[5].stacks: must name a stack, got an empty list; remove it for all of them",
    'access.yaml: roles.admin: must be a list of who has it, got "alice"',
    "access.yaml: roles.operater: unknown key; did you mean `operator`?",
    'access.yaml: issuers.github: must be an https:// address, got "http://example.com"; such as https://gitlab.example.com',
    "access.yaml: keepEventsDays: must be an integer from 30 to 3650, got 1",
  ]);
});
