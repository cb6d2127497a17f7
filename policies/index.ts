import type { ResourceValidationPolicy } from "@pulumi/policy";
import { approvalRequired } from "./approvalRequired";
import { capacityParity } from "./capacityParity";
import { evidenceRules } from "./evidenceRules";
import { freezeWindows } from "./freezeWindows";
import { gateRequired } from "./gateRequired";
import { keepStandby } from "./keepStandby";
import { maximumDrain } from "./maximumDrain";
import { minimumBake } from "./minimumBake";
import { minimumDrain } from "./minimumDrain";
import { minimumSteps } from "./minimumSteps";
import { minimumVerify } from "./minimumVerify";
import { noDriftAdoption } from "./noDriftAdoption";
import { noInPlaceChange } from "./noInPlaceChange";
import { noLoosening } from "./noLoosening";
import { oneSwitchPerHour } from "./oneSwitchPerHour";
import { pinnedReleases } from "./pinnedReleases";
import { standbyTime } from "./standbyTime";
import { policyOf, type Rule, type RuleSetting } from "./rule";

/** The rules, for packs of one's own. Importing this starts no server: only pack.ts constructs a PolicyPack. */
export {
  approvalRequired,
  capacityParity,
  evidenceRules,
  freezeWindows,
  gateRequired,
  keepStandby,
  maximumDrain,
  minimumBake,
  minimumDrain,
  minimumSteps,
  minimumVerify,
  noDriftAdoption,
  noInPlaceChange,
  noLoosening,
  oneSwitchPerHour,
  pinnedReleases,
  policyOf,
  standbyTime,
};
export type { FreezeWindow } from "./freezeWindow";
export type { FreezeOverride } from "./freezeWindows";
export type { JudgedKind, Rule, RuleSetting, Update } from "./rule";

export const rules = [
  gateRequired,
  noInPlaceChange,
  capacityParity,
  pinnedReleases,
  keepStandby,
  minimumBake,
  minimumDrain,
  minimumVerify,
  noDriftAdoption,
  approvalRequired,
  freezeWindows,
  oneSwitchPerHour,
  evidenceRules,
  noLoosening,
  minimumSteps,
  standbyTime,
  maximumDrain,
] as const;

type AnyRule = (typeof rules)[number];

/** A setting for each rule by its name; the form of production.json. */
export type BluegreenPolicyConfig = {
  [Each in AnyRule as Each["name"]]?: Each extends Rule<string, infer Config> ? RuleSetting<Config> : never;
};

/**
 * The rules as policies, for a pack of one's own.
 *
 * @example
 * new PolicyPack("ours", {
 *   policies: [...bluegreenPolicies({ "minimum-bake": { minSeconds: 300 }, "keep-standby": "advisory" }), ...ownPolicies],
 * });
 *
 * @param config takes the place of the rules' defaults; a `--policy-pack-config` file goes over it
 * @throws when a name or a key in it is none of a rule, or a rule cannot read its values
 */
export function bluegreenPolicies(config: BluegreenPolicyConfig = {}): ResourceValidationPolicy[] {
  const names: string[] = rules.map((rule) => rule.name);
  for (const name of Object.keys(config)) {
    if (!names.includes(name)) throw new Error(`There is no policy "${name}". The policies are ${names.join(", ")}.`);
  }
  return rules.map((rule: Rule) => policyOf(rule, config[rule.name as AnyRule["name"]]));
}
