import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation";
import { Failure } from "./failure";

/** The version that a clone of this project installs into the user's cache folder. */
const OWN_VERSION = "3.255.0";

/**
 * The Pulumi CLI: the one in the folder BLUEGREEN_PULUMI_BIN, the one on PATH, or the one that a clone of this project installed.
 *
 * @throws Failure (usage) that says of each place what was wrong with it.
 */
export async function findPulumi(env: NodeJS.ProcessEnv): Promise<PulumiCommand> {
  const given = env["BLUEGREEN_PULUMI_BIN"];
  if (given !== undefined && given !== "") {
    if (basename(resolve(given)) !== "bin") {
      throw new Failure("usage", `BLUEGREEN_PULUMI_BIN is ${given}; wanted the folder named bin that holds pulumi`);
    }
    return PulumiCommand.get({ root: dirname(resolve(given)) }).catch((error: unknown) => {
      throw new Failure("usage", `BLUEGREEN_PULUMI_BIN is ${given}, and pulumi there does not work: ${short(error)}`);
    });
  }
  const own = ownInstallation(env);
  try {
    return await PulumiCommand.get();
  } catch (error) {
    if (existsSync(join(own, "bin", "pulumi"))) return PulumiCommand.get({ root: own });
    throw new Failure(
      "usage",
      `There is no Pulumi CLI: on PATH ${short(error)}; none was installed into ${own} either. ` +
        "Install Pulumi, or run `npm run pulumi -- version` in a clone of pulumi-bluegreen.",
    );
  }
}

function ownInstallation(env: NodeJS.ProcessEnv): string {
  const given = env["XDG_CACHE_HOME"];
  const cache = given !== undefined && isAbsolute(given) ? given : join(env["HOME"] ?? homedir(), ".cache");
  return join(cache, "pulumi-bluegreen", `pulumi-${OWN_VERSION}`);
}

function short(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (text.includes("ENOENT")) return "it was not found";
  return text.split("\n").find((line) => line.trim() !== "" && !/^(code|stdout):/.test(line.trim())) ?? text;
}
