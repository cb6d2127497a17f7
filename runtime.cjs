// The door between the engine and the code of this package. The text of each dynamic provider in a stack's state is one
// line that requires this file, so the state holds no code, and what runs is always what is checked out or installed.
// In a clone the TypeScript is run as it stands (no build step to forget); in the packed module it is compiled already.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

function load(name) {
  const source = join(__dirname, "components", `${name}.ts`);
  if (!existsSync(source)) return require(`./dist/components/${name}.js`);
  require("tsx/cjs/api").register();
  return require(source);
}

// `node runtime.cjs router|supervisor <folder>` runs one of the long-lived processes of the local platform. They load
// nothing of the engine's side: they must be small, and start fast.
if (require.main === module) load("process").main(process.argv.slice(2));
else module.exports = load("runtime");
