import * as pulumi from "@pulumi/pulumi";
import type { BlueGreenArgs } from "./args";
import { ConfigError } from "./configError";
import { loadConfig } from "./load";

/**
 * The arguments of a BlueGreen from the config of the current stack: every key in the project's namespace, checked, with
 * every default filled in. Keys of other namespaces, such as `aws:region`, are not looked at.
 *
 * @throws pulumi.RunError, which the engine shows without a stack, with every problem at once.
 */
export function configOfStack(): BlueGreenArgs {
  const prefix = `${pulumi.getProject()}:`;
  const own = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  const raw = Object.fromEntries(own.map(([key, text]) => [key.slice(prefix.length), text]));
  const secretKeys = Object.keys(raw).filter((key) => isSecret(`${prefix}${key}`));
  try {
    // Keys that were not given are not there at all in what a zod schema gives, so this is what BlueGreenArgs asks for.
    return loadConfig(raw, { prefix, secretKeys }) as BlueGreenArgs;
  } catch (error) {
    if (error instanceof ConfigError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

/** The SDK knows which keys are secret, but its types leave the question out. */
function isSecret(key: string): boolean {
  return (pulumi.runtime as unknown as { isConfigSecret(key: string): boolean }).isConfigSecret(key);
}
