import { LocalWorkspace, Stack, type ConfigMap } from "@pulumi/pulumi/automation";
import { join } from "node:path";
import { loadConfig } from "../components/config/load";
import type { Config } from "../components/config/schema";
import { settingsOf } from "../components/config/settings";
import type { Release } from "../components/model/release";
import { SLOTS, type Slot } from "../components/model/words";
import type { Driver } from "../components/platforms/driver";
import { platformOf } from "../components/platforms/index";
import type { Addresses } from "../components/platforms/platform";
import type { PlannedRelease, Settings, SwitchInputs, Target } from "../components/resources/inputs";
import { secretsHash } from "../components/secretsHash";
import { Failure } from "./failure";
import type { StackOptions } from "./options";
import { partOf } from "./platforms/index";
import type { Operations } from "./platforms/part";
import { programFolder, projectFolder } from "./projectFolder";
import { findPulumi } from "./pulumiCommand";

/** A stack with one BlueGreen service, its configuration, and the ways to look at what is live. Opening it changes nothing. */
export interface OpenStack {
  options: StackOptions;
  project: string;
  /** As the program sees it: without organisation and project. */
  stackName: string;
  stack: Stack;
  /** The CLI's file, or its name on PATH. */
  pulumiCommand: string;
  /** The file that holds the stack's config. */
  stackFile: string;
  /** The project's keys as they are written, secrets in the clear: never to be shown. */
  written: Record<string, unknown>;
  config: Config;
  target: Target;
  settings: Settings;
  addresses: Addresses;
  driver: Driver;
  operations: Operations;
}

/**
 * Opens the stack and reads its configuration.
 *
 * @throws Failure (usage) when there is no project, stack or CLI; ConfigError when the configuration cannot be used.
 */
export async function openStack(options: StackOptions): Promise<OpenStack> {
  const folder = projectFolder(options.cwd ?? ".");
  const environment = { ...process.env, ...options.env };
  const pulumiCommand = await findPulumi(environment);
  const envVars = differing({ ...options.environmentOf?.(folder), ...options.env });
  const workspace = await LocalWorkspace.create({ workDir: folder, pulumiCommand, envVars });
  // Selecting would change what the user has selected in this folder; every command names its stack anyway.
  workspace.selectStack = () => Promise.resolve();
  const name = options.stack ?? (await selected(workspace));
  const stack = await Stack.select(name, workspace);
  const { name: project, main, ...rest } = await workspace.projectSettings();
  // The CLI knows this key, the Automation API's type does not yet.
  const { stackConfigDir = "" } = rest as { stackConfigDir?: string };
  const stackName = name.split("/").at(-1) ?? name;
  const map = await stack.getAllConfig();
  const prefix = `${project}:`;
  const written = writtenKeys(map, prefix);
  const secretKeys = Object.keys(written).filter((key) => map[`${prefix}${key}`]?.secret === true);
  const checked = loadConfig(written, { prefix, secretKeys, environment: { ...environment, ...envVars } });
  const platform = platformOf(checked.platform);
  const part = partOf(checked.platform);
  const program = programFolder(folder, main);
  const { target, config } = part.rooted(platform.target(checked, stackName), checked, program);
  return {
    options,
    project,
    stackName,
    stack,
    pulumiCommand: pulumiCommand.command,
    stackFile: join(folder, stackConfigDir, `Pulumi.${stackName}.yaml`),
    written,
    config,
    target,
    settings: settingsOf(config),
    addresses: platform.addresses(config),
    driver: platform.driver(target),
    operations: part.operations(target),
  };
}

async function selected(workspace: LocalWorkspace): Promise<string> {
  const stacks = await workspace.listStacks();
  const current = stacks.find((stack) => stack.current);
  if (current !== undefined) return current.name;
  const there = stacks.length === 0 ? "There are none" : `There are ${stacks.map((stack) => stack.name).join(", ")}`;
  throw new Failure("usage", `No stack is selected. ${there}. Give --stack, or run \`pulumi stack select\`.`);
}

/** The keys of the project's namespace; structured values as they were written. */
export function writtenKeys(map: ConfigMap, prefix: string): Record<string, unknown> {
  const own = Object.entries(map).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, { value }]) => [key.slice(prefix.length), structured(value)]));
}

/** The Automation API gives maps and lists as JSON text. Anything else stays text, as it does in the program. */
function structured(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The release that a slot's config stands for now; undefined when the slot is not configured. */
export async function wantedRelease({ config }: Pick<OpenStack, "config">, slot: Slot): Promise<Release | undefined> {
  const wanted = config[slot];
  if (wanted === undefined) return undefined;
  const secrets = { ...config.secrets, ...wanted.secrets };
  return platformOf(config.platform).release(config, slot, secretsHash(config.service, secrets));
}

/** The same as the dynamic resources carry it. */
export async function plannedRelease(opened: OpenStack, slot: Slot): Promise<PlannedRelease | undefined> {
  const release = await wantedRelease(opened, slot);
  if (release === undefined) return undefined;
  const { id, version, artefact } = release;
  return { id, version, artefact, replicas: opened.config[slot]?.replicas ?? 1 };
}

/** What the dynamic resources would be given by an update now. @throws when a release's files cannot be read */
export async function switchInputs(opened: OpenStack): Promise<SwitchInputs> {
  const { config, target, settings } = opened;
  const releases: SwitchInputs["releases"] = {};
  for (const slot of SLOTS) {
    const release = await plannedRelease(opened, slot);
    if (release !== undefined) releases[slot] = release;
  }
  return { target, activeSlot: config.activeSlot, releases, settings };
}

/** Without what this process has already: its environment reaches the CLI anyway. */
function differing(env: NodeJS.ProcessEnv): Record<string, string> {
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(given.filter(([name, value]) => process.env[name] !== value));
}
