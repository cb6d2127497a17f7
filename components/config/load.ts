import { z } from "zod";
import { SLOTS } from "../model/words";
import { coerce, isMap, tidy, Unreadable } from "./coerce";
import { ConfigError } from "./configError";
import { explain, type ExplainOptions } from "./explain";
import { fill } from "./fill";
import { outline } from "./outline";
import { applyOverrides, overridesOf, type Override } from "./overrides";
import { checkTogether } from "./rules";
import { configSchema, type Config } from "./schema";

export interface LoadOptions extends Omit<ExplainOptions, "variables"> {
  /** Where PUBLIC_PORT and its like are looked up; default: the environment of this process. */
  environment?: NodeJS.ProcessEnv;
}

type Issues = z.core.$ZodIssue[];

/**
 * The configuration, checked, with every default filled in. `raw` maps the top-level keys to their values; a structured value
 * may be JSON text, as the engine hands it over.
 *
 * @throws ConfigError with every problem at once: of single keys, of how they go together, and of environment variables.
 */
export function loadConfig(raw: Record<string, unknown>, options: LoadOptions = {}): Config {
  const written = tidy(raw, outline());
  const overrides = overridesOf(written.platform, options.environment ?? process.env);
  const unreadable = Object.keys(written).filter((key) => written[key] instanceof Unreadable);
  const readable = Object.fromEntries(Object.entries(written).filter(([key]) => !unreadable.includes(key)));
  const wanted = applyOverrides(coerce(readable, outline()) as Record<string, unknown>, overrides);

  const result = configSchema.safeParse(wanted);
  const single = [...unreadable.map(notJson), ...(result.success ? [] : result.error.issues)];
  const issues = [
    ...single,
    ...exposed(options.secretKeys ?? [], readable),
    ...together(fill(wanted, outline()) as Config, single, overrides),
  ];
  if (result.success && issues.length === 0) return result.data;
  const variables = new Map(
    overrides.map(({ path, variable, text }) => [path.join("."), { name: variable, value: text }]),
  );
  throw new ConfigError(explain(new z.ZodError(issues), written, { ...options, variables }));
}

/** What the rules over several keys find, leaving out all that is the consequence of a wrong single value. */
function together(config: Config, single: Issues, overrides: Override[]): Issues {
  const broken = single.filter(({ code }) => code !== "unrecognized_keys").map(({ path }) => path);
  const found: Issues = [];
  checkTogether(config, {
    sound: (...path) => !broken.some((wrong) => wrong.every((key, i) => key === path[i])),
    report: (path, message) => found.push(custom(path, message)),
    variableOf: (path) => overrides.find((one) => one.path.join(".") === path.join("."))?.variable,
  });
  return found;
}

/** Keys that the engine keeps secret although this program cannot: it marks a whole key when anything in it is secret. */
function exposed(secretKeys: readonly string[], config: Record<string, unknown>): Issues {
  const message =
    "a value set without --secret: the state and previews show it. Only what is below secrets, blue.secrets and green.secrets is kept secret";
  const covered = (key: string) => {
    const slot = (SLOTS as readonly string[]).includes(key) ? config[key] : undefined;
    return key === "secrets" || (isMap(slot) && isMap(slot.secrets) && Object.keys(slot.secrets).length > 0);
  };
  return secretKeys
    .filter((key) => Object.hasOwn(config, key) && Object.hasOwn(configSchema.shape, key) && !covered(key))
    .map((key) => custom([key], message));
}

function notJson(key: string): z.core.$ZodIssue {
  return custom([key], "JSON text; `pulumi config set --path` and the stack's file spare you from writing it");
}

function custom(path: readonly PropertyKey[], message: string): z.core.$ZodIssue {
  return { code: "custom", path: [...path], message, input: undefined };
}
