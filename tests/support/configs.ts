import { ConfigError } from "../../components/config/configError";
import { loadConfig, type LoadOptions } from "../../components/config/load";
import type { Config } from "../../components/config/schema";

/** The least that can be deployed, with changes on top; `undefined` takes a key away. */
export function configWith(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const least: Record<string, unknown> = {
    service: "shop",
    activeSlot: "blue",
    blue: { version: "1.0.0", command: ["node", "server.js"], directory: "app/1.0.0" },
    green: { version: "1.1.0", command: ["node", "server.js"], directory: "app/1.1.0" },
  };
  return Object.fromEntries(Object.entries({ ...least, ...changes }).filter(([, value]) => value !== undefined));
}

/** Loads a configuration that does not depend on this process' environment. */
export function load(raw: Record<string, unknown>, options: LoadOptions = {}): Config {
  return loadConfig(raw, { environment: {}, ...options });
}

/** The lines that name the problems of a configuration that must be refused. */
export function problemsOf(raw: Record<string, unknown>, options: LoadOptions = {}): string[] {
  try {
    load(raw, options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message
      .split("\n")
      .slice(1, -1)
      .map((line) => line.trim());
  }
  throw new Error("the configuration was accepted");
}
