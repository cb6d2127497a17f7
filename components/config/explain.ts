import { closest, distance } from "fastest-levenshtein";
import type { ZodError } from "zod";
import { isMap, Unreadable } from "./coerce";
import { allowed, outline, outlineAt, type Outline } from "./outline";

type Path = readonly PropertyKey[];

export interface ExplainOptions {
  /** Written before each key: the namespace of a stack's config with its colon. Default: nothing, as in a program's arguments. */
  prefix?: string;
  /** Top-level keys that the engine holds as secrets; no value in them is shown. */
  secretKeys?: readonly string[];
  /** Keys, such as `local.port`, that an environment variable decided. */
  variables?: ReadonlyMap<string, { name: string; value: string }>;
}

/**
 * Every problem of a configuration at once, a line each: the key as its user wrote it, what was found there, what is allowed.
 * `raw` is what was written. Values of secrets are never shown.
 */
export function explain(error: ZodError, raw: Record<string, unknown>, options: ExplainOptions = {}): string {
  const lines = error.issues.flatMap((issue) => problemsOf(issue, { raw, options, secrets: secretValues(raw) }));
  const unique = [...new Set(lines)];
  const count = unique.length === 1 ? "1 problem" : `${unique.length} problems`;
  return [
    `The configuration cannot be used: ${count}.`,
    ...unique.map((line) => `  ${line}`),
    "Nothing was touched.",
  ].join("\n");
}

interface Written {
  raw: Record<string, unknown>;
  options: ExplainOptions;
  secrets: readonly string[];
}

function problemsOf(issue: ZodError["issues"][number], written: Written): string[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(path, key, written));
  if (issue.code === "invalid_key") {
    return [
      `${keyText(path, written)}: this name is not allowed; wanted ${allowed(outlineAt(path.slice(0, -1))?.propertyNames)}`,
    ];
  }
  const schema = outlineAt(path);
  const wanted = issue.code === "custom" ? issue.message : allowed(schema);
  const variable = written.options.variables?.get(path.join("."));
  if (variable !== undefined)
    return [`${variable.name} (environment): found ${JSON.stringify(variable.value)}; wanted ${wanted}`];
  const value = valueAt(written.raw, path);
  if (value === undefined) {
    const found = schema?.default === undefined ? "missing" : `found ${JSON.stringify(schema.default)} (the default)`;
    return [`${keyText(path, written)}: ${found}; wanted ${wanted}`];
  }
  const shown = show(value, path, written);
  return [`${keyText(path, written)}: found ${shown}; wanted ${wanted}${advice(value, shown, schema)}`];
}

/** What often helps with a value of this kind. Silent about a value that is not shown. */
function advice(value: unknown, shown: string, schema: Outline | undefined): string {
  if (shown === HIDDEN || schema === undefined) return "";
  if (schema.type === "string" && typeof value === "number" && schema.patternErrorMessage === undefined) {
    return `; put it in quotes, since YAML reads 1.10 as 1.1`;
  }
  const words = (schema.enum ?? []).filter((word) => typeof word === "string");
  return typeof value === "string" ? didYouMean(nearest(value, words)) : "";
}

function unknownKey(path: Path, key: string, written: Written): string {
  const known = Object.keys(outlineAt(path)?.properties ?? {});
  const text = `${keyText([...path, key], written)}: unknown key`;
  const near = nearest(key, known);
  if (near !== undefined) return `${text}${didYouMean(near)}`;
  const elsewhere = placesOf(key, outline()).map((place) => place.join("."));
  if (elsewhere.length > 0) return `${text}${didYouMean(elsewhere.slice(0, 3).join(" or "))}`;
  return `${text}; known here: ${known.join(", ")}`;
}

function didYouMean(word: string | undefined): string {
  return word === undefined ? "" : `; did you mean ${word}?`;
}

/** The word that was probably meant: few letters apart, or one the other's beginning (`deadlineSeconds`). */
function nearest(word: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  const plain = word.toLowerCase();
  const near = closest(
    plain,
    words.map((one) => one.toLowerCase()),
  );
  const found = words.find((one) => one.toLowerCase() === near);
  if (distance(plain, near) <= (plain.length < 4 ? 1 : plain.length < 9 ? 2 : 3)) return found;
  return words.find((one) => one.length > 3 && plain.startsWith(one.toLowerCase()));
}

/** Where a key of this name exists, up to the lists: `deadline` is a key of `gate`. */
function placesOf(key: string, at: Outline, path: string[] = []): string[][] {
  return Object.entries(at.properties ?? {}).flatMap(([name, schema]) => {
    const here = [...path, name];
    return [...(name.toLowerCase() === key.toLowerCase() ? [here] : []), ...placesOf(key, schema, here)];
  });
}

/** `bluegreen:gate.smoke[0].path`, the way `pulumi config set --path` takes it. */
function keyText(path: Path, { options }: Written): string {
  const parts = path.map((key, i) => {
    if (typeof key === "number") return `[${key}]`;
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(String(key))) return `[${JSON.stringify(String(key))}]`;
    return i === 0 ? String(key) : `.${String(key)}`;
  });
  return `${options.prefix ?? ""}${parts.join("")}`;
}

const HIDDEN = "[secret]";

/** The value found, short. Whole maps are never shown: there may be secrets in them. */
function show(value: unknown, path: Path, { options, secrets }: Written): string {
  if (path.includes("secrets") || options.secretKeys?.includes(String(path[0])) === true) return HIDDEN;
  if (value instanceof Unreadable) return "text that cannot be read";
  if (isMap(value)) return Object.keys(value).length === 0 ? "an empty map" : "a map";
  const plain = (one: unknown) => one === null || ["string", "number", "boolean"].includes(typeof one);
  if (Array.isArray(value) && !value.every(plain)) return "a list";
  const text = JSON.stringify(value) as string | undefined;
  // A function or a symbol, from a program's arguments.
  if (text === undefined) return typeof value;
  if (secrets.some((secret) => holds(value, secret))) return HIDDEN;
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** A short secret, such as `1`, is part of almost anything; it is only hidden where it is the whole value. */
function holds(value: unknown, secret: string): boolean {
  if (Array.isArray(value)) return value.some((one) => holds(one, secret));
  const text = String(value);
  return text === secret || (secret.length >= 4 && text.includes(secret));
}

/** Every plain value below a key named `secrets`. */
function secretValues(value: unknown, within = false): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => secretValues(one, within));
  if (isMap(value))
    return Object.entries(value).flatMap(([key, one]) => secretValues(one, within || key === "secrets"));
  if (!within || value === "") return [];
  return typeof value === "string" || typeof value === "number" ? [String(value)] : [];
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}
