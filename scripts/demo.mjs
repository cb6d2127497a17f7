// `npm run demo`: the main job, end to end, on this machine. The set-up comes first, so that a fresh clone needs nothing else.
import { join } from "node:path";
import { pulumiEnvironment } from "./pulumiCli.mjs";
import { main, run } from "./run.mjs";
import { projectDir, setup } from "./setup.mjs";

await main(async () => {
  const cli = await setup({ pulumi: true });
  const program = ["--require", "tsx/cjs", join(projectDir, "scripts/demo/main.ts"), ...process.argv.slice(2)];
  return run(process.execPath, program, { cwd: projectDir, env: pulumiEnvironment(cli, projectDir) });
});
