import type { ConfigMap } from "@pulumi/pulumi/automation";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import type { OpenStack } from "./openStack";

/** A change of the stack's config. Paths are within the project's namespace, such as `green.version`. */
export interface ConfigEdit {
  set: Record<string, string>;
  secrets?: Record<string, string>;
  /** Removed before anything is set. */
  remove: string[];
}

/**
 * Writes a change into the stack's config by the CLI, which keeps comments and encrypts secrets.
 *
 * @returns takes the change back, exactly, unless somebody else has changed the file since; says whether it did.
 */
export async function writeConfig(
  opened: OpenStack,
  { set, secrets = {}, remove }: ConfigEdit,
): Promise<() => boolean> {
  const { stack, project, stackFile } = opened;
  const before = read(stackFile);
  const within = (path: string) => `${project}:${path}`;
  try {
    if (remove.length > 0) await stack.removeAllConfig(remove.map(within), true);
    const map: ConfigMap = {};
    for (const [path, value] of Object.entries(set)) map[within(path)] = { value };
    if (Object.keys(map).length > 0) await stack.setAllConfig(map, true);
    for (const [path, value] of Object.entries(secrets)) await setSecret(opened, within(path), value);
  } catch (error) {
    // Half a change would be taken for the wish of the next update.
    if (before !== undefined) writeFileSync(stackFile, before);
    throw error;
  }
  const after = read(stackFile);
  return () => {
    if (before === undefined || read(stackFile) !== after) return false;
    writeFileSync(stackFile, before);
    return true;
  };
}

/** By standard input: the Automation API would write the value on a command line, which every user of the machine can read. */
async function setSecret({ stack, pulumiCommand }: OpenStack, key: string, value: string): Promise<void> {
  const args = ["config", "set", "--secret", "--path", key, "--stack", stack.name, "--non-interactive"];
  const { workDir: cwd, envVars } = stack.workspace;
  const child = spawn(pulumiCommand, args, {
    cwd,
    env: { ...process.env, ...envVars },
    stdio: ["pipe", "ignore", "pipe"],
  });
  // When it ends before it has read the value, its own words say more than the broken pipe.
  child.stdin.on("error", () => undefined);
  child.stdin.end(value);
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "close") as Promise<[number | null]>]);
  if (code !== 0) throw new Error(`${key} could not be set: ${said.trim()}`);
}

const read = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : undefined);

/** The plain values of a structure by their paths, as `pulumi config set --path` takes them; empty maps and lists have none. */
export function leaves(value: unknown, path: string): Record<string, string> {
  if (value === null || value === undefined) return {};
  if (typeof value !== "object") return { [path]: typeof value === "string" ? value : JSON.stringify(value) };
  const under = Array.isArray(value)
    ? value.map((one, i) => leaves(one, `${path}[${i}]`))
    : Object.entries(value).map(([key, one]) => leaves(one, `${path}${segment(key)}`));
  return Object.fromEntries(under.flatMap((found) => Object.entries(found)));
}

function segment(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** The smallest edit that makes one value another one. A list that differs is written anew, since it may become shorter. */
export function editBetween(before: unknown, after: unknown, path: string): ConfigEdit {
  const edit: ConfigEdit = { set: {}, remove: [] };
  walk(before, after, path, edit);
  return edit;
}

function walk(before: unknown, after: unknown, path: string, edit: ConfigEdit): void {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  if (after === undefined) {
    edit.remove.push(path);
  } else if (isMap(before) && isMap(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      walk(before[key], after[key], `${path}${segment(key)}`, edit);
    }
  } else {
    if (typeof before === "object" && before !== null) edit.remove.push(path);
    Object.assign(edit.set, leaves(after, path));
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
