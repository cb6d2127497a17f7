export interface PulumiCli {
  /** The folder to put first on PATH. */
  binDir: string;
  command: string;
  version: string;
  origin: "path" | "installer" | "modules";
}

/** The four ways to a CLI. Each throws an error that says in one line why it failed. */
export interface Ways {
  onPath: (env: NodeJS.ProcessEnv, root: string) => Promise<PulumiCli>;
  installedEarlier: (root: string) => Promise<PulumiCli>;
  installer: (root: string) => Promise<void>;
  modules: (root: string, say: (line: string) => void) => Promise<void>;
}

export const VERSION: string;
export const ways: Ways;
export function findPulumi(options?: {
  env?: NodeJS.ProcessEnv;
  say?: (line: string) => void;
  using?: Ways;
}): Promise<PulumiCli>;
export function pulumiEnvironment(
  cli: Pick<PulumiCli, "binDir">,
  projectDir: string,
  env?: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv;
export function testEnvironment(cli: Pick<PulumiCli, "binDir"> | undefined, env?: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
export function policyArgs(args: string[], cli: Pick<PulumiCli, "origin">, cwd?: string): string[];
