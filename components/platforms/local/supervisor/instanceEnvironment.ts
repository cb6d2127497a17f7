import type { SupervisorSpec } from "./spec";

/**
 * What an application inherits from the user's environment. Not all of it: the environment of a deployment is full of
 * credentials that are none of the application's business, and what runs must not depend on who deployed it.
 */
const INHERITED = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "LC_ALL",
  "LC_CTYPE",
  "TZ",
  "TMPDIR",
];

/**
 * Names the supervisor's directory to each process it starts and, by inheritance, to theirs: so a process that outlived a
 * killed supervisor can be found although no list of it was written.
 */
export const MARKER = "BLUEGREEN_SUPERVISOR";

/** The part of an environment that supervisors and applications inherit. */
export function inheritedEnvironment(from: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(
    INHERITED.flatMap((name) => {
      const value = from[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/**
 * The environment of one instance: what is inherited, then `environment`, then `secrets`, then what the platform decides
 * and nothing may change: PORT, HOST, SLOT, RELEASE, INSTANCE.
 */
export function instanceEnvironment(
  spec: SupervisorSpec,
  instance: { index: number; port: number },
  directory: string,
): Record<string, string> {
  return {
    ...inheritedEnvironment(),
    ...spec.environment,
    ...spec.secrets,
    PORT: String(instance.port),
    HOST: spec.host,
    SLOT: spec.slot,
    RELEASE: spec.release,
    INSTANCE: String(instance.index),
    [MARKER]: directory,
  };
}
