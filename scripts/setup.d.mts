import type { PulumiCli } from "./pulumiCli.mjs";

export const projectDir: string;
export function setup(options: {
  pulumi: boolean;
  projectDir?: string;
  say?: (line: string) => void;
}): Promise<PulumiCli | undefined>;
export function stateOfDependencies(folder: string): string | undefined;
