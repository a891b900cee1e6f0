"use strict";

const shared = {
  testEnvironment: "node",
  transform: {
    "^.+\\.ts$": ["@swc/jest", { jsc: { parser: { syntax: "typescript" }, target: "es2022" } }],
  },
  modulePathIgnorePatterns: ["<rootDir>/.maestro/", "<rootDir>/dist/"],
};

/** Unit tests need Node alone; integration and security tests use the real Docker Engine, Pulumi, nginx and registry of this machine. */
module.exports = {
  testTimeout: 60_000,
  // V8's own, since swc instruments nothing; what tests load counts.
  coverageProvider: "v8",
  coveragePathIgnorePatterns: ["/node_modules/", "<rootDir>/tests/"],
  projects: [
    { ...shared, displayName: "unit", testMatch: ["<rootDir>/tests/unit/**/*.test.ts"] },
    {
      ...shared,
      displayName: "integration",
      testMatch: ["<rootDir>/tests/integration/**/*.test.ts"],
    },
    {
      ...shared,
      displayName: "security",
      testMatch: ["<rootDir>/tests/security/**/*.test.ts"],
    },
    {
      ...shared,
      displayName: "s3",
      testMatch: ["<rootDir>/tests/s3/**/*.test.ts"],
    },
  ],
};
