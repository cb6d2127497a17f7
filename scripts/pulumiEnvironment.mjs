// What a program that uses the Pulumi CLI found by this project needs in its environment and on its command line.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { homedir } from "node:os";

/**
 * The environment for `pulumi` and for programs that start it. State goes to a folder of the project, unless the user
 * says otherwise or is logged in somewhere.
 * @param {{ binDir: string }} cli
 * @param {string} projectDir
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function pulumiEnvironment(cli, projectDir, env = process.env) {
  const result = withCli(cli, env);
  if (env.PULUMI_BACKEND_URL || isLoggedIn(env)) return result;
  const state = join(projectDir, ".bluegreen", "state");
  mkdirSync(state, { recursive: true });
  result.PULUMI_BACKEND_URL = `file://${state}`;
  if (env.PULUMI_CONFIG_PASSPHRASE === undefined && !env.PULUMI_CONFIG_PASSPHRASE_FILE) {
    result.PULUMI_CONFIG_PASSPHRASE = "";
  }
  return result;
}

/**
 * The environment for tests. Each test makes a backend of its own, so none is given to it, not even the user's.
 * @param {{ binDir: string } | undefined} cli undefined for suites that need none
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function testEnvironment(cli, env = process.env) {
  const result = cli === undefined ? { ...env } : { ...withCli(cli, env), BLUEGREEN_PULUMI_BIN: cli.binDir };
  delete result.PULUMI_BACKEND_URL;
  return result;
}

/**
 * The command line for the CLI found. One built from Go modules has a language host that cannot start a policy pack by its
 * folder, but the engine takes an executable file too: the pack's `start`.
 * @param {string[]} args
 * @param {{ origin: string }} cli
 * @param {string} [cwd] what relative folders are relative to
 * @returns {string[]}
 */
export function policyArgs(args, cli, cwd = process.cwd()) {
  if (cli.origin !== "modules") return args;
  const startOf = (pack) => (existsSync(resolve(cwd, pack, "start")) ? join(pack, "start") : pack);
  return args.map((arg, index) => {
    if (args[index - 1] === "--policy-pack") return startOf(arg);
    const [, pack] = /^--policy-pack=(.+)$/.exec(arg) ?? [];
    return pack === undefined ? arg : `--policy-pack=${startOf(pack)}`;
  });
}

function withCli(cli, env) {
  const path = env.PATH ? `${cli.binDir}${delimiter}${env.PATH}` : cli.binDir;
  return { ...env, PATH: path, PULUMI_SKIP_UPDATE_CHECK: "true" };
}

function isLoggedIn(env) {
  if (env.PULUMI_ACCESS_TOKEN) return true;
  const home = env.PULUMI_HOME || join(env.HOME || homedir(), ".pulumi");
  const file = join(home, "credentials.json");
  if (!existsSync(file)) return false;
  let credentials;
  try {
    credentials = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} cannot be read (${error.message}): repair it or log in again with \`pulumi login\``);
  }
  return Boolean(credentials?.current);
}
