import * as policySdk from "@pulumi/policy";
import type { ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import { typeOf } from "../../components/resources/inputs";

// The SDK exports these two, but leaves them out of its types.
const { unknownCheckingProxy, UnknownValueError } = policySdk as unknown as {
  unknownCheckingProxy: (props: Record<string, unknown>) => Record<string, unknown>;
  UnknownValueError: new () => Error;
};

/** What the engine sends in place of text that is not known in a preview. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What the engine makes of a policy's answer. `unknown`: in a preview it only advises that the policy could not run. */
export type Ruling = { violations: string[] } | "unknown" | "not applicable";

class NotApplicable extends Error {}

/**
 * Runs a policy as the SDK's server does.
 * @param options.config what a `--policy-pack-config` file says
 */
export async function ruling(
  policy: ResourceValidationPolicy,
  props: object,
  { type = typeOf("Plan"), config = {} }: { type?: string; config?: object } = {},
): Promise<Ruling> {
  const violations: string[] = [];
  const args: ResourceValidationArgs = {
    type,
    props: unknownCheckingProxy({ ...props }),
    urn: `urn:pulumi:test::shop::${type}::shop`,
    name: "shop",
    opts: {
      protect: false,
      ignoreChanges: [],
      aliases: [],
      customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
      additionalSecretOutputs: [],
    },
    stackTags: new Map(),
    isType: () => false,
    asType: () => undefined,
    getConfig: () => config as never,
    notApplicable: (reason) => {
      throw new NotApplicable(reason);
    },
  };
  const { validateResource } = policy;
  if (typeof validateResource !== "function")
    throw new Error(`${policy.name} is not one function that validates a resource`);
  try {
    await validateResource(args, (message) => void violations.push(message));
  } catch (error) {
    if (error instanceof UnknownValueError) return "unknown";
    if (error instanceof NotApplicable) return "not applicable";
    throw error;
  }
  return { violations };
}

/** A copy of the inputs in which the value at a path such as `settings.gate` is not known yet. */
export function withUnknown(props: object, path: string): object {
  const [key = "", ...rest] = path.split(".");
  const inner = (props as Record<string, unknown>)[key];
  return { ...props, [key]: rest.length === 0 ? UNKNOWN : withUnknown(inner as object, rest.join(".")) };
}
