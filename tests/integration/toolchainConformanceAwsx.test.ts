import { ensureAwsPlugins } from "../../toolchain/setup/plugins";
import { Moto } from "../support/moto";
import { PulumiProject } from "../support/pulumiProject";

jest.setTimeout(120_000);

const PROGRAM = `
const repository = new awsx.ecr.Repository("Web", {
  name: "team/web",
  imageTagMutability: settings.mutability,
  forceDelete: true,
  lifecyclePolicy: settings.skip
    ? { skip: true }
    : settings.rules && { rules: settings.rules },
}, { protect: settings.protect });
exports.url = repository.url;
exports.arn = repository.repository.arn;
`;

describe("awsx.ecr.Repository", () => {
  let moto: Moto;
  let project: PulumiProject;

  beforeAll(async () => {
    await ensureAwsPlugins();
    moto = await Moto.start();
    project = await PulumiProject.create(PROGRAM, {
      sdks: ["aws", "awsx"],
      environment: moto.environment,
    });
  });
  afterAll(async () => {
    await project.run(["state", "unprotect", "--all", "--yes"]);
    await project.dispose();
    await moto.stop();
  });

  test("makes a repository and, with rules, a lifecycle policy, both under itself", async () => {
    const rules = [
      { tagStatus: "any", maximumNumberOfImages: 9 },
      { tagStatus: "tagged", tagPrefixList: ["rel-"], maximumAgeLimit: 30 },
    ];
    await project.upOrFail({ rules });
    const types = project.resources().map(({ urn }) => urn.split("::").slice(2).join(" "));
    expect(types).toContain("awsx:ecr:Repository Web");
    expect(types).toContain("awsx:ecr:Repository$aws:ecr/repository:Repository web");
    expect(types).toContain("awsx:ecr:Repository$aws:ecr/lifecyclePolicy:LifecyclePolicy web");
    const policy = project
      .resources()
      .find(({ type }) => type === "aws:ecr/lifecyclePolicy:LifecyclePolicy");
    const { rules: made } = JSON.parse(String(policy?.outputs?.["policy"])) as {
      rules: { rulePriority: number; selection: object }[];
    };
    expect(made.map(({ rulePriority, selection }) => [rulePriority, selection])).toEqual([
      [
        1,
        {
          tagStatus: "tagged",
          tagPrefixList: ["rel-"],
          countType: "sinceImagePushed",
          countNumber: 30,
          countUnit: "days",
        },
      ],
      [2, { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 9 }],
    ]);
    expect(await project.upOrFail({ rules })).toMatch(/unchanged/);
  });

  test("makes no lifecycle policy where it is skipped, and protects what is inside", async () => {
    await project.upOrFail({ skip: true, protect: true });
    const types = project.resources().map(({ type }) => type);
    expect(types).not.toContain("aws:ecr/lifecyclePolicy:LifecyclePolicy");
    const { ok, output } = await project.destroy();
    expect(ok).toBe(false);
    expect(output).toMatch(/protect/);
  });
});
