// `npm run pulumi -- <arguments>`: the Pulumi CLI that this project found, with its state in the project's folder unless
// the user says otherwise.
import { policyArgs, pulumiEnvironment } from "./pulumiCli.mjs";
import { main, run } from "./run.mjs";
import { projectDir, setup } from "./setup.mjs";

await main(async () => {
  const cli = await setup({ pulumi: true });
  return run(cli.command, policyArgs(process.argv.slice(2), cli), { env: pulumiEnvironment(cli, projectDir) });
});
