import { EdgeStack } from "../support/edgeStack";
import {
  djangoService,
  flaskService,
  goHttpbinService,
  httpbinService,
} from "../support/foreignServices";
import { sendRaw } from "../support/rawRequest";

jest.setTimeout(300_000);

const stack = new EdgeStack("itest-foreign", 32);
const SERVICES = {
  flask: flaskService(),
  django: djangoService({ env: { ALLOWED_HOST: "*" } }),
  httpbin: httpbinService(),
  binary: goHttpbinService(),
};

beforeAll(() => stack.begin(SERVICES, {}, ["python", "go-httpbin"]));
afterAll(() => stack.remove());

describe("services that nobody here wrote", () => {
  it.each([
    ["flask", "/flask/echo", "method"],
    ["django", "/django/echo/", "method"],
    ["httpbin", "/httpbin/get", "url"],
    ["binary", "/binary/get", "url"],
  ])("are released and reached: %s", async (_service, path, field) => {
    const answer = await sendRaw(stack.url, path);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toHaveProperty(field);
  });
});
