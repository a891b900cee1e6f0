import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** ECR where moto does not do what it does: answers each question as a test says, and has AWS' clients ask it. */
export class FakeEcr<Question> {
  readonly asked: Question[] = [];
  private readonly environment = { ...process.env };

  private constructor(private readonly server: Server) {}

  static async start<Question>(answer: (question: Question) => object): Promise<FakeEcr<Question>> {
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const question = JSON.parse(body) as Question;
        fake.asked.push(question);
        response.setHeader("content-type", "application/x-amz-json-1.1");
        response.end(JSON.stringify(answer(question)));
      });
    });
    const fake = new FakeEcr<Question>(server);
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "any",
    });
    return fake;
  }

  close(): void {
    process.env = this.environment;
    this.server.close();
  }
}
