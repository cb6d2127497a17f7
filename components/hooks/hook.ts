import { parseDuration } from "../config/duration";
import { applicationDrain } from "./applicationDrain";
import type { ApplicationDrainConfig, HookConfig } from "./schema";
import type { HookStage } from "./stages";

/** A hook as the resources carry it: plain, with no secret in it, every length of time in milliseconds. */
export interface Hook {
  name: string;
  stage: HookStage;
  /** Exactly one of the two is there. */
  command?: { run: string[]; directory?: string; environment: Record<string, string>; inherit: string[] };
  http?: {
    /** Absolute, or `{{from}}`, `{{to}}` or `{{back}}` with a path: every running instance of that slot. */
    url: string;
    method: string;
    headers: Record<string, string>;
    /** Absent: the cutover as JSON, for the methods that have a body. */
    body?: string;
    /** Absent: any 2xx. */
    status?: number;
    json: { pointer: string; equals?: string | number | boolean | null; matches?: string }[];
  };
  /** Of one attempt. */
  deadlineMs: number;
  retries: number;
  onFailure?: "stop" | "revert" | "warn";
  /** Environment variable or header to the name of a secret of the config. */
  secrets: Record<string, string>;
  migration?: Migration;
}

/** A step of a database migration. A release from before a contract step may not work after it. */
export interface Migration {
  class: "expand" | "contract";
  id: string;
}

/** Every hook of a configuration: the written ones, then those that `applicationDrain` stands for. */
export function hooksFrom(config: {
  hooks: readonly HookConfig[];
  applicationDrain?: ApplicationDrainConfig | undefined;
}): Hook[] {
  const drain = config.applicationDrain === undefined ? [] : applicationDrain(config.applicationDrain);
  return [...config.hooks, ...drain].map(hookOf);
}

/** Names of secrets that the hooks ask for, so that one that is missing is told before anything is touched. */
export function secretNamesOf(hooks: readonly Hook[]): string[] {
  return [...new Set(hooks.flatMap((hook) => Object.values(hook.secrets)))];
}

function hookOf(config: HookConfig): Hook {
  const { name, stage, command, http, retries, onFailure, migration } = config;
  return {
    name,
    stage,
    ...(command === undefined ? {} : { command: commandOf(command) }),
    ...(http === undefined ? {} : { http: httpOf(http) }),
    deadlineMs: parseDuration(config.deadline) ?? 30_000,
    retries,
    ...(onFailure === undefined ? {} : { onFailure }),
    secrets: { ...config.secrets },
    ...(migration === undefined ? {} : { migration: { ...migration } }),
  };
}

function commandOf({
  run,
  directory,
  environment,
  inherit,
}: NonNullable<HookConfig["command"]>): NonNullable<Hook["command"]> {
  return { run, ...(directory === undefined ? {} : { directory }), environment, inherit };
}

function httpOf({
  url,
  method,
  headers,
  body,
  status,
  json,
}: NonNullable<HookConfig["http"]>): NonNullable<Hook["http"]> {
  return {
    url,
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...(status === undefined ? {} : { status }),
    json: json.map(({ pointer, equals, matches }) => ({
      pointer,
      ...(equals === undefined ? {} : { equals }),
      ...(matches === undefined ? {} : { matches }),
    })),
  };
}
