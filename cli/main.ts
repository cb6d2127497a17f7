import { CommanderError, type Command } from "commander";
import { ask } from "./ask";
import { EXIT_CODES, kindOf, messageOf } from "./failure";
import * as verbs from "./index";
import { interrupts } from "./interrupts";
import type { StackOptions, UpdateOptions } from "./options";
import { program, type Flags, type Shown, type Verbs } from "./program";
import { paintFor } from "./show/paint";

/** Where a command line writes, and by whose environment. */
export interface Terminal {
  stdout: { write(text: string): unknown; isTTY?: boolean };
  stderr: { write(text: string): unknown; isTTY?: boolean };
  env: NodeJS.ProcessEnv;
}

/** Runs the command line. @returns the exit code */
export async function main(
  args: readonly string[],
  environmentOf?: StackOptions["environmentOf"],
  terminal: Terminal = process,
  using: Verbs = verbs,
): Promise<number> {
  let code: number = EXIT_CODES.done;
  const { stdout, stderr, env } = terminal;
  const line = (text: string) => void stderr.write(`${text}\n`);

  const perform = async (flags: Flags, work: (options: UpdateOptions) => Promise<Shown>): Promise<void> => {
    const { end, ...signals } = interrupts(line);
    try {
      const shown = await work(optionsOf(flags, signals, line, environmentOf));
      const text = flags.json === true ? JSON.stringify(shown.value, null, 2) : shown.text(paintFor(stdout, env));
      stdout.write(`${text}\n`);
      if (shown.healthy === false) code = EXIT_CODES.failed;
    } catch (error) {
      line(`${paintFor(stderr, env)("red", "error:")} ${messageOf(error)}`);
      code = signals.signal.aborted ? EXIT_CODES.interrupted : EXIT_CODES[kindOf(error)];
    } finally {
      end();
    }
  };

  const root = program(using, perform);
  for (const command of [root, ...root.commands]) quiet(command, terminal);
  try {
    if (args.length === 0) root.help({ error: true });
    await root.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version were asked for and shown; all else is a wrong command line, which commander has explained.
    return error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
  }
  return code;
}

function optionsOf(
  { cwd, stack, yes, policyPack, policyPackConfig }: Flags,
  signals: { signal: AbortSignal; engineSignal: AbortSignal },
  say: (line: string) => void,
  environmentOf: StackOptions["environmentOf"],
): UpdateOptions {
  return {
    say,
    ...signals,
    ...(yes === true ? {} : { confirm: (question: string) => ask(question, signals.signal) }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(stack === undefined ? {} : { stack }),
    ...(policyPack === undefined ? {} : { policyPacks: policyPack }),
    ...(policyPackConfig === undefined ? {} : { policyPackConfigs: policyPackConfig }),
    ...(environmentOf === undefined ? {} : { environmentOf }),
  };
}

/** Commander ends the process and writes to it by itself, unless it is told otherwise. */
function quiet(command: Command, { stdout, stderr }: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void stdout.write(text),
    writeErr: (text) => void stderr.write(text),
  });
}
