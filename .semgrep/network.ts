function asks(address: string, ca: string, port: number) {
  // ruleid: certificate-not-checked
  https.request(address, { method: "GET", rejectUnauthorized: false });
  // ruleid: certificate-not-checked
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  // ok: certificate-not-checked
  https.request(address, { method: "GET", ca });

  // ruleid: host-key-not-checked
  spawn("ssh", ["-o", "StrictHostKeyChecking=no", address]);
  // ok: host-key-not-checked
  spawn("ssh", ["-o", "StrictHostKeyChecking=yes", address]);

  // ruleid: listens-everywhere
  createServer().listen(port);
  // ruleid: listens-everywhere
  server.listen(port, "0.0.0.0");
  // ok: listens-everywhere
  server.listen(port, "127.0.0.1");
}
