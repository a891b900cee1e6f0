import { imageDeclarations } from "../../support/hostQuestionsMock";
import { runProgram } from "../../support/program";
import { configOf, containers, observe } from "../../support/shippedStacks";

jest.mock("../../../targets/dockerHost/questions", () =>
  jest.requireActual<object>("../../support/hostQuestionsMock"),
);
jest.mock("../../../secretStore/openStore", () =>
  jest.requireActual<object>("../../support/secretStoreMock"),
);

const stack = "development";

afterEach(() => {
  imageDeclarations.current = {};
});

test("volumes of images are memory in the set that is placed, and a set of an older version stays as it is", async () => {
  const before = await runProgram({ stack, config: configOf(stack, "a") });
  imageDeclarations.current = { "quality-fabric": { volumes: ["/data"], healthcheck: true } };
  const deploy = await runProgram({
    stack,
    config: configOf(stack, "b"),
    observed: observe(before.outputs),
    previous: before.outputs,
  });
  const inputs = (name: string) =>
    deploy.registrations.find((each) => each.name === name)?.inputs ?? {};
  expect(inputs("green-quality-fabric-0")).toMatchObject({
    tmpfs: {
      "/tmp": "rw,noexec,nosuid,nodev,size=64m,mode=1777",
      "/data": "rw,noexec,nosuid,nodev,size=64m,mode=1777,uid=10001,gid=10001",
    },
    healthcheck: { tests: ["NONE"] },
  });
  expect(inputs("green-template-service-0")["healthcheck"]).toBeUndefined();
  expect(inputs("blue-quality-fabric-0")["tmpfs"]).toEqual(
    containers(before.registrations, "blue")[0]?.inputs["tmpfs"],
  );
  // A later run, which does not ask for images that serve, plans the same.
  imageDeclarations.current = {};
  const again = await runProgram({
    stack,
    config: configOf(stack, "b"),
    observed: observe(deploy.outputs),
    previous: deploy.outputs,
  });
  expect(again.outputs.containerSets).toEqual(deploy.outputs.containerSets);
});
