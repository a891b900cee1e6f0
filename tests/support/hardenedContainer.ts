/** What a container says of itself that keeps every rule of the policy, apart from its image. */
export const HARDENED = {
  user: "10001:10001",
  readOnly: true,
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  memory: 64,
  memorySwap: 64,
  logOpts: { "max-size": "1m" },
  destroyGraceSeconds: 1,
  restart: "always",
};
