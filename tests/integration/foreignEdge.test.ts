import { EdgeStack, echoService } from "../support/edgeStack";
import { ORIGIN } from "../support/foreignEdge";
import { describeAnswers } from "../support/foreignEdgeAnswers";
import { describeLimits } from "../support/foreignEdgeLimits";
import { describeRequests } from "../support/foreignEdgeRequests";
import {
  djangoService,
  flaskService,
  goHttpbinService,
  httpbinService,
} from "../support/foreignServices";
import { sendRaw } from "../support/rawRequest";

jest.setTimeout(300_000);

const stack = new EdgeStack("itest-foreign");
const SERVICES = {
  flask: flaskService(),
  django: djangoService({ env: { ALLOWED_HOST: "*" } }),
  httpbin: httpbinService(),
  binary: goHttpbinService({ route: { corsOrigins: [ORIGIN] } }),
  "template-service": null,
  "maestro-gateway": { route: { path: "/gw/" } },
  echo: echoService({ route: { maxAnswerHeaderKilobytes: 8 } }),
};

beforeAll(() => stack.begin(SERVICES, {}, ["python", "go-httpbin"]));
afterAll(() => stack.remove());

describe("services that nobody here wrote", () => {
  it.each([
    ["flask", "/flask/echo", "method"],
    ["django", "/django/echo/", "method"],
    ["httpbin", "/httpbin/get", "url"],
    ["binary", "/binary/get", "url"],
  ])("are released and reached: %s", async (_service, url, field) => {
    const answer = await sendRaw(stack.url, url);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toHaveProperty(field);
  });
});

describeRequests(stack);
describeAnswers(stack);
describeLimits(stack);
