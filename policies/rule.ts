import type { EnforcementLevel, PolicyConfigSchema, ResourceValidationPolicy } from "@pulumi/policy";
import { typeOf, type PlanFindings, type SwitchFindings, type SwitchInputs } from "../components/resources/inputs";
import type { TransitionKind } from "../components/model/transition";

/**
 * What a rule judges: the checked inputs of Plan, or those of Cutover, which know less. Plan is judged because everything
 * depends on it, so that a violation stops an update before a slot is touched; Cutover because `--target` can leave Plan out.
 */
export type Update = SwitchInputs & SwitchFindings & Partial<PlanFindings>;

/**
 * The kinds of update that rules judge. A rollback is not among them, on purpose: whatever a rule has against it, the slot
 * that serves now may be failing, and no rule may stand between its users and the way back.
 */
export type JudgedKind = Exclude<TransitionKind, "rollback">;

type ConfigProperty = PolicyConfigSchema["properties"][string];

/** One rule, free of Pulumi: what it judges and what it finds. `policyOf` makes a policy of it. */
export interface Rule<Name extends string = string, Config extends object = object> {
  name: Name;
  /** One sentence, shown above each violation. */
  description: string;
  /** What a pack's config may set, as JSON schema; every property has a `default`. */
  config: { [Key in keyof Config]: ConfigProperty & { default: Config[Key] & ConfigProperty["default"] } };
  /** Updates of other kinds pass unseen; `none` is an update that moves no traffic. */
  kinds: readonly JudgedKind[];
  /**
   * What is wrong with a config that the schema lets through, one sentence each; the rule is not asked then. It counts only
   * where the rule does, so a mistake in the pack's config stops no rollback.
   */
  problems?(config: Config): string[];
  /**
   * Each sentence says what must be, what was found, and what to change; none when the update may go on.
   * @param now milliseconds since the epoch
   */
  judge(update: Update, config: Config, now: number): string[];
}

/** A rule's part of a pack's config: a level alone, or values of its own, with a level if wanted. */
export type RuleSetting<Config extends object> =
  EnforcementLevel | ({ enforcementLevel?: EnforcementLevel } & Partial<Config>);

const JUDGED_TYPES: ReadonlySet<string> = new Set([typeOf("Plan"), typeOf("Cutover")]);

/**
 * Makes a policy of a rule. It is mandatory, unless the setting or the pack's config says otherwise.
 * @param setting takes the place of the rule's defaults; a `--policy-pack-config` file goes over it
 * @param clock milliseconds since the epoch
 * @throws when the setting has a key that the rule does not know, or a value that it cannot read
 */
export function policyOf<Config extends object>(
  rule: Rule<string, Config>,
  setting: RuleSetting<Config> = {},
  clock: () => number = Date.now,
): ResourceValidationPolicy {
  const { enforcementLevel = "mandatory", ...values } =
    typeof setting === "string" ? { enforcementLevel: setting } : setting;
  const properties = configured(rule, values);
  const defaults = Object.fromEntries(Object.entries(properties).map(([key, property]) => [key, property.default]));
  const [problem] = problemsOf(rule, defaults as Config);
  if (problem !== undefined) throw new Error(problem);
  return {
    name: rule.name,
    description: rule.description,
    enforcementLevel,
    configSchema: { properties },
    validateResource: (args, reportViolation) => {
      if (!JUDGED_TYPES.has(args.type))
        args.notApplicable("Only Plan and Cutover say what an update does to the traffic.");
      const update = args.props as Update;
      // Without a kind, the resource's own check failed, and the engine refuses the update for that reason.
      const kind = update.kind as TransitionKind | undefined;
      if (kind === undefined || kind === "rollback" || !rule.kinds.includes(kind)) return;
      const given = args.getConfig();
      const config = { ...defaults, ...given } as Config;
      // The engine takes any key in a config file, and a misspelt minimum would be none.
      const unread = problemsOf(rule, config);
      const violations = [
        ...unknownSettings(rule, given),
        ...(unread.length > 0 ? unread : rule.judge(update, config, clock())),
      ];
      if (violations.length === 0) return;
      const live = update.live === undefined || update.live === "none" ? "" : ` Serving now: ${update.live}.`;
      for (const violation of violations) reportViolation(`${violation}${live}`);
    },
  };
}

/** How messages name the update: their sentences start with it and go on with "must". */
export function subjectOf({ kind, transition, activeSlot }: Update): string {
  if (kind === "initial") return `The first deployment to ${activeSlot}`;
  if (kind === "repair") return `The repair that gives ${activeSlot} all of the traffic`;
  return `The switch ${transition}`;
}

/** The rule's schema with a setting's values as its defaults. */
function configured(rule: Rule, values: object): Record<string, ConfigProperty> {
  const [problem] = unknownSettings(rule, values);
  if (problem !== undefined) throw new Error(problem);
  const properties: Record<string, ConfigProperty> = { ...rule.config };
  for (const [key, value] of Object.entries(values) as [string, ConfigProperty["default"]][]) {
    if (value !== undefined) properties[key] = { ...properties[key], default: value };
  }
  return properties;
}

function unknownSettings(rule: Rule, values: object): string[] {
  const known = Object.keys(rule.config);
  const allowed = ["enforcementLevel", ...known].join(", ");
  return Object.keys(values)
    .filter((key) => !known.includes(key))
    .map((key) => `The policy ${rule.name} has no setting "${key}". It takes ${allowed}.`);
}

function problemsOf<Config extends object>(rule: Rule<string, Config>, config: Config): string[] {
  return (rule.problems?.(config) ?? []).map((problem) => `The policy ${rule.name} cannot read its config: ${problem}`);
}
