async function tells(password: string, databasePassword: string, tokenFile: string, name: string) {
  // ruleid: secret-in-arguments
  execa("psql", ["--set", password, name]);
  // ruleid: secret-in-arguments
  spawn("curl", ["--header", `authorization: Bearer ${settings.token}`]);
  // ok: secret-in-arguments
  execa("psql", ["--file", "-"], { input: databasePassword });
  // ok: secret-in-arguments
  execa("curl", ["--config", tokenFile]);

  // ruleid: secret-in-a-log
  console.error(`login as ${name} with ${databasePassword} failed`);
  // ruleid: secret-in-a-log
  throw new Error(`not taken: ${password}`);
  // ok: secret-in-a-log
  console.error(`${BACKUP_PASSPHRASE} is not set`);
  // ok: secret-in-a-log
  console.error(`login as ${name} failed`);

  // ruleid: random-that-can-be-guessed
  const id = Math.random().toString(36);
  // ok: random-that-can-be-guessed
  await sleep(100 * Math.random());
  // ok: random-that-can-be-guessed
  const better = randomBytes(32).toString("hex");

  // ruleid: hash-that-is-broken
  createHash("md5").update(id);
  // ruleid: hash-that-is-broken
  crypto.createHmac("SHA1", better);
  // ok: hash-that-is-broken
  createHash("sha256").update(id);

  // ruleid: file-for-everybody
  writeFileSync(name, better, { mode: 0o666 });
  // ruleid: file-for-everybody
  chmodSync(name, 0o777);
  // ok: file-for-everybody
  writeFileSync(name, better, { mode: 0o600 });
  // ok: file-for-everybody
  mkdirSync(name, { recursive: true, mode: 0o755 });
}
