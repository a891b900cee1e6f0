import { exec } from "node:child_process";

function runs(name: string, host: string, value: string) {
  // ruleid: shell-option
  spawn("docker", ["ps"], { stdio: "inherit", shell: true });
  // ok: shell-option
  spawn("docker", ["ps", name], { stdio: "inherit" });

  // ruleid: shell-text
  execa("bash", ["-c", `docker rm ${name}`], { env });
  // ruleid: shell-text
  spawn("/bin/sh", ["-ec", "docker rm " + name]);
  // ok: shell-text
  execa("bash", ["-c", 'docker rm "$NAME"'], { env: { NAME: name } });
  // ok: shell-text
  execa("docker", ["-c", `context ${name}`]);

  // ruleid: shell-command
  exec(`docker rm ${name}`);
  // ruleid: shell-command
  execSync("docker ps");
  // ok: shell-command
  execFile("docker", ["rm", name]);
  // ok: shell-command
  /a(b)/.exec(name);

  // ruleid: code-from-text
  eval(value);
  // ruleid: code-from-text
  new Function(value)();
  // ok: code-from-text
  JSON.parse(value);

  // ruleid: command-text-of-an-output
  new local.Command("switch", { create: `switch ${name}`, stdin: value });
  // ruleid: command-text-of-an-output
  new local.Command("switch", { create: pulumi.interpolate`switch ${host}` });
  // ok: command-text-of-an-output
  new local.Command("switch", { create: "node bin/maestro.js switchTraffic", stdin: value });
}
