// Finds the Pulumi CLI: on PATH, installed earlier by this project, from the official installer, built from Go modules.
// `node scripts/pulumiCli.mjs --json` prints what was found.
import { accessSync, constants, existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { homedir } from "node:os";
import { buildPulumi, copyScripts, scriptsHash } from "./buildPulumi.mjs";
import { capture } from "./capture.mjs";
import { main } from "./run.mjs";
import { inTurn } from "./turns.mjs";

export { policyArgs, pulumiEnvironment, testEnvironment } from "./pulumiEnvironment.mjs";

/** The version that is installed when none is found: the one of the SDK that the project is tested with. */
export const VERSION = "3.255.0";
/** Engines before this one do not know all that the components ask of them. */
const OLDEST = [3, 200];
const INSTALLER_TIMEOUT_MS = 60_000;

/**
 * Finds the CLI, installing it into the user's cache folder when need be. Set-ups at the same time take turns.
 * @param {object} [options]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {(line: string) => void} [options.say] is told in one line why a way failed, and what was found
 * @param {typeof ways} [options.using] the four ways; tests put their own here
 * @returns {Promise<{ binDir: string, command: string, version: string, origin: "path" | "installer" | "modules" }>}
 * @throws when every way failed
 */
export async function findPulumi({ env = process.env, say = (line) => console.error(line), using = ways } = {}) {
  const root = join(cacheFolder(env), `pulumi-${VERSION}`);
  const attempt = async (find, prefix = "") => {
    try {
      return await find();
    } catch (error) {
      say(`pulumi: ${prefix}${error.message.replace(/\s*\n\s*/g, " ")}`);
      return undefined;
    }
  };
  const found =
    (await attempt(() => using.onPath(env, root))) ??
    (await attempt(() => using.installedEarlier(root))) ??
    (await inTurn(
      `${root}.lock`,
      async () =>
        (existsSync(root) ? await attempt(() => using.installedEarlier(root)) : undefined) ??
        (await attempt(() => install(root, "installer", using.installer), "official installer: ")) ??
        (await attempt(() => install(root, "modules", using.modules, say), "built from Go modules: ")),
      { waiting: (holder) => say(`pulumi: waiting for process ${holder}, which is installing it`) },
    ));
  if (found !== undefined) return found;
  throw new Error(
    `No Pulumi CLI: each of the four ways failed, see the lines above. Wanted: version ${OLDEST.join(".")} or later.\n` +
      "Install Pulumi so that `pulumi version` answers, or install Go so that it can be built, and run this again.",
  );
}

/** The four ways. Each gives what it found or made, or throws an error that says in one line why not. */
export const ways = {
  async onPath(env, root) {
    const command = onPath("pulumi", env);
    if (command === undefined) throw new Error("not on PATH");
    const binDir = dirname(command);
    const resolved = dirname(realpathSync(command));
    if (existsSync(root) && resolved === join(realpathSync(root), "bin")) return ways.installedEarlier(root);

    const { stdout, reason } = await capture(command, ["version"], {
      env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeoutMs: 30_000,
    });
    if (reason !== undefined) throw new Error(`${command} on PATH does not work: ${reason}`);
    const [, version, major, minor] = /^v?((\d+)\.(\d+)\.\S+)/.exec(stdout.trim()) ?? [];
    if (Number(major) !== OLDEST[0] || Number(minor) < OLDEST[1]) {
      throw new Error(`${command} on PATH is ${version ?? stdout.trim()}; ${OLDEST.join(".")} or later is needed`);
    }
    const home = env.PULUMI_HOME || join(env.HOME || homedir(), ".pulumi");
    const besides = [binDir, resolved, join(home, "bin")].join(delimiter);
    const languageHost = onPath("pulumi-language-nodejs", { PATH: `${env.PATH}${delimiter}${besides}` });
    if (languageHost === undefined) throw new Error(`${command} on PATH has no pulumi-language-nodejs beside it`);
    return { binDir, command, version, origin: readRecord(dirname(resolved))?.origin ?? "path" };
  },

  async installedEarlier(root) {
    const record = readRecord(root);
    if (record === undefined) throw new Error("not installed earlier by this project");
    if (record.origin === "modules" && record.scripts !== scriptsHash()) {
      copyScripts(join(root, "bin"));
      writeRecord(root, record.origin);
    }
    return describe(root, record);
  },

  /** Runs the Automation API's installer in a process of its own: that one can be stopped. */
  async installer(root) {
    const program = `
      const api = require.resolve("@pulumi/pulumi/automation");
      const { SemVer } = require("node:module").createRequire(api)("semver");
      require(api).PulumiCommand.install({ root: process.argv[1], version: new SemVer(process.argv[2]) })
        .catch((error) => { console.error(error.message.trim().split("\\n").at(-1)); process.exitCode = 1; });`;
    const { reason } = await capture(process.execPath, ["-e", program, root, VERSION], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      timeoutMs: INSTALLER_TIMEOUT_MS,
    });
    if (reason !== undefined) throw new Error(reason);
  },

  async modules(root, say) {
    say("pulumi: building it from Go modules; the first time this takes some minutes");
    await buildPulumi(root, VERSION);
  },
};

/** Installs into a folder beside the one wanted and renames it at the end, so that nobody ever sees half of it. */
async function install(root, origin, make, say) {
  const prefix = `${root}.part-`;
  mkdirSync(dirname(root), { recursive: true });
  // Only the one whose turn it is gets here: whatever is left over belongs to a set-up that was killed.
  for (const entry of readdirSync(dirname(root))) {
    const path = join(dirname(root), entry);
    if (path.startsWith(prefix)) rmSync(path, { recursive: true, force: true });
  }
  const part = `${prefix}${process.pid}`;
  const tidy = () => rmSync(part, { recursive: true, force: true });
  process.once("exit", tidy);
  try {
    await make(part, say);
    writeRecord(part, origin);
    rmSync(root, { recursive: true, force: true });
    renameSync(part, root);
  } finally {
    process.removeListener("exit", tidy);
    tidy();
  }
  return describe(root, readRecord(root));
}

function describe(root, { origin, version }) {
  const binDir = join(root, "bin");
  return { binDir, command: join(binDir, "pulumi"), version, origin };
}

/** The record is written last, so an installation that has one is complete. */
function writeRecord(root, origin) {
  const scripts = origin === "modules" ? scriptsHash() : undefined;
  const part = join(root, `install.json.${process.pid}`);
  writeFileSync(part, JSON.stringify({ origin, version: VERSION, scripts }));
  renameSync(part, join(root, "install.json"));
}

function readRecord(root) {
  const file = join(root, "install.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

function cacheFolder(env) {
  const given = env.XDG_CACHE_HOME;
  return join(given && isAbsolute(given) ? given : join(env.HOME || homedir(), ".cache"), "pulumi-bluegreen");
}

function onPath(name, env) {
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(async () => {
    const cli = await findPulumi();
    const found = `Pulumi ${cli.version} (${cli.origin}): ${cli.command}`;
    console.log(process.argv.includes("--json") ? JSON.stringify(cli) : found);
    return 0;
  });
}
