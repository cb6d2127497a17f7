import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** The folder of the clone. */
export const cloneDir = join(__dirname, "..", "..");

/** A Pulumi CLI as `scripts/pulumiCli.mjs` found it. */
export interface PulumiCommand {
  command: string;
  binDir: string;
  version: string;
  origin: "path" | "installer" | "modules";
}

let found: Promise<PulumiCommand> | undefined;

/** The CLI that this project found or installed; the one in BLUEGREEN_PULUMI_BIN, where that is set. */
export function pulumiCommand(): Promise<PulumiCommand> {
  return (found ??= find());
}

async function find(): Promise<PulumiCommand> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(cloneDir, "scripts/pulumiCli.mjs"), "--json"], {
    env: { ...process.env, PATH: searchPath(process.env.BLUEGREEN_PULUMI_BIN) },
  });
  return JSON.parse(stdout) as PulumiCommand;
}

/** PATH with a folder before all others. */
export function searchPath(first: string | undefined): string {
  return [first, process.env.PATH].filter((part) => part !== undefined && part !== "").join(delimiter);
}

/** What `--policy-pack` takes for a folder: a CLI built from Go modules can only start the pack's own `start`. */
export function policyPackArgument(cli: PulumiCommand, folder: string): string {
  const start = join(folder, "start");
  return cli.origin === "modules" && existsSync(start) ? start : folder;
}
