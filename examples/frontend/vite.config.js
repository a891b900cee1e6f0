import { defineConfig } from "vite";

export default defineConfig({
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  define: { __RELEASE__: JSON.stringify(process.env.RELEASE ?? "local") },
});
