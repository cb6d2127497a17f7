import { objectiveProblems } from "../objectives/problems";
import { stepsProblem } from "../model/stages";
import { SLOTS } from "../model/words";
import { parseDuration } from "./duration";
import { partOf } from "./platforms";
import type { Config, SmokeConfig } from "./schema";

type Path = readonly PropertyKey[];

/** What rules are given to look with, and to say what they found. */
export interface Look {
  /** Whether the value at this path is of the form that the schema wants. Nothing else may be read. */
  sound(...path: Path): boolean;
  /** Names the path of a wrong value and says what is allowed. */
  report(path: Path, message: string): void;
  /** The environment variable that decided the value at this path, if one did. */
  variableOf(path: Path): string | undefined;
}

export type Rule = (config: Config, look: Look) => void;

/** Decided by the platform for each instance, so a value of the user's would be lost without a word. */
const RESERVED = ["PORT", "HOST", "SLOT", "RELEASE", "INSTANCE"];

/** What no single key can tell: how the values of several keys go together. All of them are looked at, whatever was found. */
export function checkTogether(config: Config, look: Look): void {
  for (const rule of [
    activeSlotIsConfigured,
    stepsRise,
    stepsAreWatched,
    gateCanPass,
    bakeCanFail,
    variables,
    identity,
    objectivesFit,
    secretsExist,
  ]) {
    rule(config, look);
  }
  if (look.sound("gate", "smoke")) {
    for (const [i, smoke] of config.gate.smoke.entries()) smokeRequest(smoke, ["gate", "smoke", i], look);
  }
  if (look.sound("gate", "logErrors", "pattern")) {
    const pattern = config.gate.logErrors?.pattern;
    if (pattern !== undefined) compiles(pattern, ["gate", "logErrors", "pattern"], look);
  }
  if (look.sound("platform")) partOf(config.platform).rule(config, look);
}

const activeSlotIsConfigured: Rule = (config, look) => {
  if (!look.sound("activeSlot") || !look.sound(config.activeSlot)) return;
  if (config[config.activeSlot] !== undefined) return;
  look.report([config.activeSlot], `a release, since activeSlot is ${config.activeSlot}`);
};

const stepsRise: Rule = ({ rollout }, look) => {
  if (!look.sound("rollout", "steps") || !rollout.steps.every((_, i) => look.sound("rollout", "steps", i))) return;
  const problem = stepsProblem(rollout.steps);
  if (problem !== undefined) look.report(["rollout", "steps"], `rising percentages that end with 100: ${problem}`);
};

const stepsAreWatched: Rule = ({ rollout }, look) => {
  if (!look.sound("rollout", "steps") || !look.sound("rollout", "interval") || rollout.steps.length < 2) return;
  if (msOf(rollout.interval) === 0) {
    look.report(["rollout", "interval"], "more than 0s when there are several steps, or no step would be watched");
  }
};

const gateCanPass: Rule = ({ gate }, look) => {
  if (!["successes", "interval", "deadline"].every((key) => look.sound("gate", key))) return;
  const neededMs = (gate.successes - 1) * msOf(gate.interval);
  if (neededMs < msOf(gate.deadline)) return;
  const reason = `${gate.successes} answers in a row, ${gate.interval} apart, do not fit into it`;
  look.report(["gate", "deadline"], `a longer time: ${reason}`);
};

const bakeCanFail: Rule = ({ bake }, look) => {
  if (!["duration", "interval", "failureLimit"].every((key) => look.sound("bake", key))) return;
  const measurements = Math.ceil(msOf(bake.duration) / msOf(bake.interval));
  if (measurements === 0 || bake.failureLimit < measurements) return;
  const most = `at most ${measurements - 1}`;
  const reason = `a bake of ${bake.duration} measures every ${bake.interval}, so it could never fail`;
  look.report(["bake", "failureLimit"], `${most}: ${reason}`);
};

const objectivesFit: Rule = (config, look) => {
  const { objectives, gate, rollout, bake } = config;
  const read = [
    ["objectives"],
    ["gate", "deadline"],
    ["gate", "maxMemoryMiB"],
    ["rollout", "interval"],
    ["bake", "duration"],
    ["secrets"],
  ];
  if (!read.every((path) => look.sound(...path)) || !objectives.every((_, i) => look.sound("objectives", i))) return;
  const spans = { gate: msOf(gate.deadline), steps: msOf(rollout.interval), bake: msOf(bake.duration) };
  const around = gate.maxMemoryMiB === undefined ? {} : { maxMemoryMiB: gate.maxMemoryMiB };
  for (const { path, message } of objectiveProblems(objectives, { spans, secrets: secretNames(config), ...around })) {
    look.report(["objectives", ...path], message);
  }
};

const secretsExist: Rule = (config, look) => {
  if (!["hooks", "applicationDrain", "notifications", "secrets"].every((key) => look.sound(key))) return;
  const names = secretNames(config);
  const missing = (name: string | undefined, path: Path) => {
    if (name === undefined || names.includes(name)) return;
    look.report(path, `the name of one of the service's secrets: ${names.join(", ") || "there is none"}`);
  };
  for (const [i, hook] of config.hooks.entries()) {
    for (const [key, name] of Object.entries(hook.secrets)) missing(name, ["hooks", i, "secrets", key]);
  }
  for (const [key, name] of Object.entries(config.applicationDrain?.secrets ?? {})) {
    missing(name, ["applicationDrain", "secrets", key]);
  }
  for (const [i, { urlSecret }] of config.notifications.entries())
    missing(urlSecret, ["notifications", i, "urlSecret"]);
};

/** What objectives, hooks and notifications may name: the secrets of the service, which do not depend on a slot. */
const secretNames = (config: Config) => Object.keys(config.secrets);

const variables: Rule = (config, look) => {
  const places: Path[] = [[], ...SLOTS.map((slot) => [slot])];
  const namesAt = (path: Path) => (look.sound(...path) ? Object.keys(valueAt(config, path) ?? {}) : []);
  for (const place of places) {
    for (const kind of ["environment", "secrets"]) {
      for (const name of namesAt([...place, kind])) {
        if (RESERVED.includes(name) || name.startsWith("BLUEGREEN_")) {
          look.report([...place, kind, name], "another name: the platform sets this variable for each instance");
        }
      }
    }
    // A slot's variables come on top of the service's, so both are compared with both.
    const reached = place.length === 0 ? [place] : [[], place];
    for (const name of namesAt([...place, "secrets"])) clash(name, place, "secrets", "environment", reached);
    if (place.length === 0) continue;
    for (const name of namesAt([...place, "environment"])) clash(name, place, "environment", "secrets", [[]]);
  }

  function clash(name: string, place: Path, kind: string, otherKind: string, reached: Path[]): void {
    for (const other of reached) {
      if (!namesAt([...other, otherKind]).includes(name)) continue;
      const where = [...other, otherKind, name].join(".");
      look.report([...place, kind, name], `another name: the same variable is set by ${where}`);
    }
  }
};

const identity: Rule = ({ gate }, look) => {
  if (!["header", "pointer"].every((key) => look.sound("gate", "identity", key)) || gate.identity === undefined) return;
  const given = [gate.identity.header, gate.identity.pointer].filter((value) => value !== undefined).length;
  if (given !== 1)
    look.report(["gate", "identity"], `exactly one of header and pointer; ${given === 0 ? "none" : "both"} given`);
};

function smokeRequest(smoke: SmokeConfig, path: Path, look: Look): void {
  const sound = (...keys: Path) => look.sound(...path, ...keys);
  if (!sound()) return;
  if (sound("method") && sound("body") && smoke.body !== undefined && ["GET", "HEAD"].includes(smoke.method)) {
    look.report([...path, "body"], `no body with ${smoke.method}; set method to POST, PUT or PATCH`);
  }
  if (sound("json")) {
    for (const [i, check] of smoke.json.entries()) {
      if (!sound("json", i, "matches")) continue;
      if (check.matches !== undefined) compiles(check.matches, [...path, "json", i, "matches"], look);
    }
  }
  if (!sound("method") || smoke.method !== "HEAD") return;
  if (sound("contains") && smoke.contains !== undefined)
    look.report([...path, "contains"], "nothing: HEAD has no body");
  if (sound("json") && smoke.json.length > 0) look.report([...path, "json"], "nothing: HEAD has no body");
}

function compiles(pattern: string, path: Path, look: Look): void {
  try {
    new RegExp(pattern);
  } catch (error) {
    // The message repeats the pattern, which is shown already: "Invalid regular expression: /(/: Unterminated group".
    look.report(path, `a regular expression: ${(error as Error).message.split(": ").at(-1) ?? ""}`);
  }
}

function msOf(text: string): number {
  return parseDuration(text) ?? 0;
}

function valueAt(value: unknown, path: Path): object | undefined {
  let at = value;
  for (const key of path) at = (at as Record<PropertyKey, unknown> | undefined)?.[key];
  return typeof at === "object" && at !== null ? at : undefined;
}
