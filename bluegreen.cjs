#!/usr/bin/env node
// The door of the command line. In a clone the TypeScript is run as it stands (no build step to forget), with the state
// where `npm run pulumi` keeps it; in the packed module it is compiled already, and the user's own backend is used.
const { existsSync, realpathSync } = require("node:fs");
const { join } = require("node:path");

const source = join(__dirname, "cli", "main.ts");

async function start() {
  const args = process.argv.slice(2);
  if (!existsSync(source)) return require("./dist/cli/main.js").main(args);
  require("tsx/cjs/api").register();
  const { pulumiEnvironment } = await import("./scripts/pulumiEnvironment.mjs");
  const environmentOf = (folder) => {
    if (realpathSync(folder) !== __dirname) return {};
    // The Automation API itself puts the CLI's folder on PATH.
    const environment = pulumiEnvironment({ binDir: "" }, folder);
    delete environment.PATH;
    return environment;
  };
  return require(source).main(args, environmentOf);
}

start().then(
  (code) => (process.exitCode = code),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
