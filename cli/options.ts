/** Which stack, and how the caller is kept informed. */
export interface StackOptions {
  /** A folder in the Pulumi project. @default the current folder */
  cwd?: string;
  /** @default the stack that is selected */
  stack?: string;
  /** Over the environment of this process, for the Pulumi CLI and what it starts. */
  env?: Record<string, string>;
  /** Told what happens while a verb works, in short lines. @default nobody is told */
  say?: (line: string) => void;
  /** Aborted: nothing further is begun, and an update under way is interrupted as by Ctrl-C. */
  signal?: AbortSignal;
  /** Aborted: an update under way is interrupted as by Ctrl-C. @default `signal`; a terminal interrupts the engine by itself */
  engineSignal?: AbortSignal;
  /** Further variables for a project's folder, below `env`: a clone keeps its state in a place of its own. */
  environmentOf?: (folder: string) => NodeJS.ProcessEnv;
}

/** For verbs that change something. */
export interface ChangeOptions extends StackOptions {
  /** Asked before anything is changed, in one question. @default nobody is asked: it is done */
  confirm?: (question: string) => Promise<boolean>;
}

/** For verbs that run the engine. */
export interface UpdateOptions extends ChangeOptions {
  /** Policy packs, handed to the engine as they are: folders, or executables such as `policies/start`. */
  policyPacks?: string[];
  /** Config files of those packs, in the same order. */
  policyPackConfigs?: string[];
}
