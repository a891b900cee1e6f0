import execa from "execa";
import type { RunResult } from "./runResult";

/** What is typed into a terminal, or its new size in rows and columns, once it shows something. */
export type TerminalStep = readonly [shows: string, then: string | readonly [number, number]];

/** Python's own, since Node.js has no terminal to give. */
const PROGRAM = `
import fcntl, json, os, pty, struct, sys, termios
command, steps = json.loads(sys.argv[1]), json.loads(sys.argv[2])
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
def resize(rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
def read():
    try:
        return os.read(fd, 65536)
    except OSError:
        return b""
resize(33, 111)
seen = fresh = b""
for shows, then in steps:
    while shows.encode() not in fresh:
        more = read()
        if not more:
            break
        fresh += more
    seen, fresh = seen + fresh, b""
    if isinstance(then, str):
        os.write(fd, then.encode())
    else:
        resize(*then)
while fresh:= read():
    seen += fresh
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

const LONGEST_MILLISECONDS = 120_000;

/** Runs a command on a terminal of its own, of 33 rows and 111 columns, to its end. */
export async function runOnTerminal(
  command: readonly string[],
  steps: readonly TerminalStep[],
  environment: NodeJS.ProcessEnv,
): Promise<RunResult> {
  const began = performance.now();
  const args = ["-c", PROGRAM, JSON.stringify(command), JSON.stringify(steps)];
  const { exitCode, stdout } = await execa("python3", args, {
    ...{
      env: environment,
      extendEnv: false,
      reject: false,
      input: "",
      timeout: LONGEST_MILLISECONDS,
    },
  });
  return { exitCode, output: stdout, seconds: (performance.now() - began) / 1000 };
}
