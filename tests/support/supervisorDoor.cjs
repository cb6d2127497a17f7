// Starts a supervisor alone, without all the rest that runtime.cjs loads: tests start many.
require("tsx/cjs/api").register();
const { runSupervisor } = require("../../components/platforms/local/supervisor/main.ts");

runSupervisor(process.argv[3]).catch((error) => {
  console.error(error);
  process.exit(1);
});
