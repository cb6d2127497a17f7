import { isMap } from "./coerce";
import { partOf } from "./platforms";
import { configSchema } from "./schema";

/** A value that an environment variable decides. */
export interface Override {
  variable: string;
  path: readonly [string, string];
  text: string;
}

/** The overrides that are set for this platform; none when the platform itself is unknown. An empty variable is none. */
export function overridesOf(platform: unknown, environment: NodeJS.ProcessEnv): Override[] {
  const known = configSchema.shape.platform.safeParse(platform);
  if (!known.success) return [];
  return Object.entries(partOf(known.data).variables).flatMap(([variable, path]) => {
    const text = environment[variable];
    return text === undefined || text === "" ? [] : [{ variable, path, text }];
  });
}

/** The configuration with the overrides in place. What is not a number is left as it is, for the schema to refuse. */
export function applyOverrides(
  config: Record<string, unknown>,
  overrides: readonly Override[],
): Record<string, unknown> {
  let result = config;
  for (const { path, text } of overrides) {
    const [part, key] = path;
    const section = result[part] ?? {};
    // A section that is not a map is refused as a whole.
    if (!isMap(section)) continue;
    result = { ...result, [part]: { ...section, [key]: /^\d+$/.test(text) ? Number(text) : text } };
  }
  return result;
}
