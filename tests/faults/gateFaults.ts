import type { Fault } from "./fault";
import { VICTIM } from "./world";

const NEVER = { env: { FAULT_HEALTH: "fail" }, health: { deadlineSeconds: 6 } };

/** Answers its readiness path so often, and then no more; everything else always. */
function readyTimes(times: number): string[] {
  const program = `
import http.server
left = ${times}
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global left
        if self.path == "/ready": left -= 1
        self.send_response(503 if self.path == "/ready" and left < 0 else 200)
        self.end_headers()
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()`;
  return ["python3", "-c", program];
}

/** A release that is no good, found out before it gets users. */
export const GATE_FAULTS: readonly Fault[] = [
  {
    id: "F1",
    title: "the gate never passes",
    phase: "deploy",
    always: true,
    run: async (world) => {
      const { output } = await world.refuse(
        () => world.up(world.next, NEVER),
        /quality-fabric-0: not ready within 6 s: \/ready gave status 503/,
      );
      return /last \d+ log lines/.test(output) ? "refused, with log lines" : "refused";
    },
  },
  {
    id: "F2",
    title: "healthy at the gate, then not before the switch",
    phase: "deploy",
    run: async (world) => {
      const victim = { command: readyTimes(2), health: { deadlineSeconds: 6 } };
      await world.refuse(() => world.up(world.next, victim), /the traffic was not moved to/);
      return "not switched to";
    },
  },
  {
    id: "F3",
    title: "the container exits at its start, again and again",
    phase: "deploy",
    always: true,
    run: async (world) => {
      const victim = { command: ["python3", "-c", "exit(3)"], health: { deadlineSeconds: 60 } };
      const { seconds } = await world.refuse(
        () => world.up(world.next, victim),
        /keeps exiting(?: with code 3)?, restarted \d+ times/,
      );
      return `found out after ${seconds.toFixed(0)} s, not at the deadline of 60 s`;
    },
  },
  {
    id: "F13",
    title: "a digest that no registry has",
    phase: "deploy",
    always: true,
    run: async (world) => {
      const missing = { ...world.next, [VICTIM]: `sha256:${"0".repeat(64)}` };
      await world.refuse(() => world.up(missing), /sha256:0{64}/);
      return "refused before a container was touched";
    },
  },
  {
    id: "F43",
    title: "the new set gets too little memory",
    phase: "deploy",
    run: async (world) => {
      const victim = { resources: { memoryMegabytes: 16 }, health: { deadlineSeconds: 8 } };
      await world.refuse(
        () => world.up(world.next, victim),
        /quality-fabric-0: (killed for using more memory|keeps exiting|exited|not ready)/,
      );
      return "refused";
    },
  },
  {
    id: "F42",
    title: "a service ignores SIGTERM",
    phase: "deploy",
    run: async (world) => {
      const deaf = { env: { FAULT_IGNORE_SIGTERM: "1" } };
      await world.release(world.next, deaf);
      await world.release(world.good);
      // Replaces the deaf container, which is idle by now.
      const start = performance.now();
      await world.release(world.next);
      return `killed after its grace; the update took ${((performance.now() - start) / 1000).toFixed(0)} s`;
    },
  },
];
