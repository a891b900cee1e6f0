/** better-sse on Node's own server, as its documentation shows it: a stream of events that names VERSION and counts. */
import { createServer } from "node:http";
import { createSession } from "better-sse";

const version = process.env.VERSION ?? "1";
const sessions = new Set();

const server = createServer(async (request, response) => {
  if (request.url !== "/events") return response.end('{"status":"ok"}');
  const session = await createSession(request, response, { retry: 100 });
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    session.push({ version, count }, "tick", String(count));
  }, 100);
  sessions.add(response);
  session.once("disconnected", () => {
    clearInterval(timer);
    sessions.delete(response);
  });
});

process.on("SIGTERM", () => {
  for (const response of sessions) response.end();
  server.close();
});
server.listen(8000, "0.0.0.0");
