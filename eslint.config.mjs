/**
 * The few rules that need types and that no other check of the house has: promises that nobody
 * waits for, switches that forget a case, and holes in the types. Format and the rest is biome's.
 */
import tseslint from "typescript-eslint";

const FOLDERS = [
  "game",
  "api",
  "nodes",
  "client",
  "gateway",
  "tui",
  "web",
  "config",
  "test",
  "bench",
];

export default tseslint.config(
  { ignores: ["dist/", "gen/", "data/"] },
  {
    files: FOLDERS.flatMap((folder) => [`${folder}/**/*.ts`, `${folder}/**/*.tsx`]),
    ignores: ["**/*.d.ts"],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { "@typescript-eslint": tseslint.plugin },
    rules: {
      // node:test collects the promises of its own tests.
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", package: "node:test", name: ["test", "it", "describe", "suite"] },
          ],
        },
      ],
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/ban-ts-comment": ["error", { "ts-expect-error": true }],
    },
  },
);
