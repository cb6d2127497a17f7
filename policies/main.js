// Where the engine enters the pack; programs import index.ts instead, which starts no server. In a clone the TypeScript is
// run as it stands; beside the packed module's compiled code, that is run instead.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const source = join(__dirname, "pack.ts");
if (existsSync(source)) {
  require("tsx/cjs/api").register();
  require(source);
} else {
  require("../dist/policies/pack.js");
}
