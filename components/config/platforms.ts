import { localRule, LOCAL_PORT_VARIABLES } from "../platforms/local/configRule";
import type { Rule } from "./rules";
import type { Config } from "./schema";

/** What a platform adds to reading the configuration, beside its part of the schema. */
export interface ConfigPart {
  /** What this platform needs of the configuration as a whole. */
  rule: Rule;
  /** Whole numbers that environment variables override: the variable's name and the path of the key. */
  variables: Readonly<Record<string, readonly [string, string]>>;
}

const PARTS: Record<Config["platform"], ConfigPart> = {
  local: { rule: localRule, variables: LOCAL_PORT_VARIABLES },
};

export function partOf(platform: Config["platform"]): ConfigPart {
  return PARTS[platform];
}
