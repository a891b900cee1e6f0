import { readFileSync } from "node:fs";
import tseslint from "typescript-eslint";

/** Room -> what it holds and which rooms it may import; docs/architecture.md is written from the same list. */
const rooms = JSON.parse(readFileSync(new URL("dev/rooms.json", import.meta.url), "utf8"));

/** How deep folders lie inside a room at most. */
const DEPTHS = [1, 2, 3, 4];

/** Refuses imports against the direction, one block for each depth: so many `../` lead out of the room. */
function directionOf([room, { imports }]) {
  if (imports === "everything") return [];
  const forbidden = Object.keys(rooms).filter((it) => it !== room && !imports.includes(it));
  return DEPTHS.map((depth) => ({
    files: [`${room}/${"*/".repeat(depth - 1)}*.ts`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: `^(\\.\\./){${depth}}((index|engine)$|(${forbidden.join("|")})(/|$))`,
              message: `${room}/ imports ${imports.join(", ") || "no other room"}: see dev/rooms.json and docs/architecture.md.`,
            },
          ],
        },
      ],
    },
  }));
}

export default tseslint.config(
  {
    ignores: [
      ".semgrep/",
      "node_modules/",
      ".maestro/",
      "dist/",
      "**/*.js",
      "**/*.mjs",
      "coverage/",
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "max-lines": ["error", { max: 250, skipBlankLines: false }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  ...Object.entries(rooms).flatMap(directionOf),
);
