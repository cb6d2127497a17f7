import { isMap } from "./coerce";
import type { Outline } from "./outline";

/**
 * Puts the schema's defaults where nothing was written, whatever else is wrong: so that rules over several keys can be checked
 * although a single key was refused. Where the schema is content it gives what the schema gives.
 */
export function fill(value: unknown, schema: Outline | undefined): unknown {
  if (schema === undefined) return value;
  if (Array.isArray(value)) return value.map((item) => fill(item, schema.items));
  if (!isMap(value) || schema.properties === undefined) return value;
  const filled = { ...value };
  for (const [key, part] of Object.entries(schema.properties)) {
    const entry = Object.hasOwn(value, key) && value[key] !== undefined ? value[key] : structuredClone(part.default);
    if (entry !== undefined) filled[key] = fill(entry, part);
  }
  return filled;
}
