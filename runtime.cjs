// The door between the engine and the code of this package. The text of each dynamic provider in a stack's state is one
// line that requires this file, so the state holds no code, and what runs is always what is checked out or installed.
// In a clone the TypeScript is run as it stands (no build step to forget); in the packed module it is compiled already.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const source = join(__dirname, "components", "runtime.ts");
if (existsSync(source)) {
  require("tsx/cjs/api").register();
  module.exports = require(source);
} else {
  module.exports = require("./dist/components/runtime.js");
}

// `node runtime.cjs router|supervisor <folder>` runs one of the long-lived processes of the local platform.
if (require.main === module) module.exports.main(process.argv.slice(2));
