// Makes a fresh clone ready: its dependencies, and the Pulumi CLI where it is needed. Safe to run at any time and from
// several processes at once; when all is there it takes a fraction of a second.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findPulumi } from "./pulumiCli.mjs";
import { capture } from "./capture.mjs";
import { inTurn } from "./turns.mjs";

/** The folder of the clone. */
export const projectDir = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

const NPM_TIMEOUT_MS = 10 * 60_000;
const ORIGINS = { path: "found on PATH", installer: "installed by this project", modules: "built by this project" };

/**
 * Installs what is missing. Lines about it go to stderr: stdout belongs to the program that runs afterwards.
 * @param {{ pulumi: boolean, projectDir?: string, say?: (line: string) => void }} options
 * @returns {Promise<import("./pulumiCli.mjs").PulumiCli | undefined>} the CLI when it was asked for
 */
export async function setup({ pulumi, projectDir: folder = projectDir, say = (line) => console.error(line) }) {
  await installDependencies(folder, say);
  if (!pulumi) return undefined;
  const cli = await findPulumi({ say });
  say(`pulumi: ${cli.version}, ${ORIGINS[cli.origin]} (${cli.command})`);
  return cli;
}

async function installDependencies(folder, say) {
  if (stateOfDependencies(folder) === undefined) return;
  const waiting = (holder) => say(`dependencies: waiting for process ${holder}, which is installing them`);
  await inTurn(
    join(folder, ".bluegreen", "setup.lock"),
    async () => {
      const missing = stateOfDependencies(folder);
      if (missing === undefined) return;
      say(`dependencies: ${missing}, running npm ci`);
      const { reason, stderr } = await npm(folder, ["ci", "--include=dev", "--no-audit", "--no-fund"]);
      if (reason !== undefined) throw new Error(`npm ci failed: ${reason}\n${stderr.trim()}`);
      remember(folder);
    },
    { waiting },
  );
  say("dependencies: installed");
}

/** @returns {string | undefined} what is wrong with node_modules; undefined when it is what package-lock.json says */
export function stateOfDependencies(folder) {
  const modules = join(folder, "node_modules");
  if (!existsSync(modules)) return "node_modules is absent";
  const marker = join(modules, ".bluegreen-lock");
  if (existsSync(marker) && readFileSync(marker, "utf8") === lockHash(folder)) return undefined;
  // Somebody ran npm by hand. npm leaves a list of what it installed: if that is what the lock file says, nothing is missing.
  const listed = join(modules, ".package-lock.json");
  if (!existsSync(listed)) return "node_modules is not complete";
  const installed = JSON.parse(readFileSync(listed, "utf8")).packages ?? {};
  const wanted = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")).packages ?? {};
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    if (path === "" || (optional && installed[path] === undefined)) continue;
    const there = installed[path]?.version;
    if (there !== version) return `${basename(path)} is ${there ?? "absent"}, package-lock.json says ${version}`;
  }
  remember(folder);
  return undefined;
}

function remember(folder) {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  writeFileSync(join(folder, "node_modules", ".bluegreen-lock"), lockHash(folder));
}

function lockHash(folder) {
  return createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
}

/** Under `npm run` the very npm that runs is used again; it may not be the one on PATH. */
function npm(folder, args) {
  const current = process.env.npm_execpath;
  const [command, ...first] = current?.endsWith("npm-cli.js") ? [process.execPath, current] : ["npm"];
  return capture(command, [...first, ...args], { cwd: folder, timeoutMs: NPM_TIMEOUT_MS });
}
