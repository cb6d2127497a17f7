import type { Outline } from "./outline";

/** Stands for text that should have been JSON. The text itself is not kept: it may hold secrets. */
export class Unreadable {
  readonly unreadable = true;
}

/**
 * The configuration as written, with what is empty left out. The engine hands structured values over as JSON text, and a
 * declared default of `{}` or "" (see Pulumi.yaml) means that nothing was configured.
 */
export function tidy(raw: Record<string, unknown>, schema: Outline): Record<string, unknown> {
  const found: [string, unknown][] = [];
  for (const [key, value] of Object.entries(raw)) {
    const { type } = schema.properties?.[key] ?? {};
    const structured = type === "object" || type === "array";
    const read = structured && typeof value === "string" ? readJson(value) : value;
    if (!isEmpty(read)) found.push([key, read]);
  }
  return Object.fromEntries(found);
}

function readJson(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return new Unreadable();
  }
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return isMap(value) && Object.keys(value).length === 0;
}

/**
 * Brings plain values to the type that the schema wants where nothing can be lost by it: `pulumi config set --path` writes
 * 0.5 as text, and YAML reads a version 2 as a number. A version 1.10 is read as 1.1, so that is left to be refused.
 */
export function coerce(value: unknown, schema: Outline | undefined): unknown {
  if (schema === undefined) return value;
  if (Array.isArray(value)) return value.map((item) => coerce(item, schema.items));
  if (isMap(value)) {
    const rest = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
    const within = (key: string) =>
      schema.properties !== undefined && Object.hasOwn(schema.properties, key) ? schema.properties[key] : rest;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, coerce(entry, within(key))]));
  }
  switch (schema.type) {
    case "integer":
    case "number":
      return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value;
    case "boolean":
      return value === "true" ? true : value === "false" ? false : value;
    case "string":
      return Number.isSafeInteger(value) ? String(value) : value;
    default:
      return value;
  }
}

/** Whether this is a map of keys to values, as YAML and JSON have them. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Unreadable);
}
