import { resolve } from "node:path";
import { describeMs } from "../../model/clock";
import type { SourceSettings } from "../../model/objective";
import { fill } from "../../model/template";
import { deadlineOf, fillingOf, SampleTimeout, type SampleContext, type Source } from "../source";
import { numberAt } from "./numberAt";
import { runCommand, type Finished } from "./runCommand";

type Settings = Extract<SourceSettings, { kind: "command" }>;

/** The exit code of a program, or a number in JSON on its standard output. */
export function commandSource(settings: Settings): Source {
  // Arguments may hold what is nobody's business; the program's name is enough to find it.
  const where = `command ${settings.run[0] ?? ""}`;
  return {
    async sample(context) {
      const filling = fillingOf(context);
      const ended = await start(
        settings,
        where,
        context,
        settings.run.map((part) => fill(part, filling)),
      );
      const said = lastLine(ended.stderr);
      if (ended.code === null) throw new Error(`${where} was ended by ${ended.signal ?? "a signal"}${said}`);
      if (settings.pointer === undefined) return { value: ended.code, detail: `exit code ${ended.code}${said}` };
      if (ended.code !== 0) throw new Error(`${where} ended with exit code ${ended.code}${said}`);
      return numberAt(ended.stdout, settings.pointer, where);
    },
  };
}

async function start(settings: Settings, where: string, context: SampleContext, run: string[]): Promise<Finished> {
  const directory = settings.directory === undefined ? undefined : resolve(settings.directory);
  let ended: Awaited<ReturnType<typeof runCommand>>;
  try {
    ended = await runCommand(run, {
      environment: environmentOf(context),
      signal: deadlineOf(context),
      ...(directory === undefined ? {} : { directory }),
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = "there is no such program on PATH" + (directory === undefined ? "" : ", or no such directory");
    throw new Error(`${where} cannot run: ${code === "ENOENT" ? missing : message}`, { cause: error });
  }
  if (ended === "aborted")
    throw new SampleTimeout(
      `${where} did not end within ${describeMs(context.timeoutMs)}; it was killed with its children`,
    );
  if (ended === "too much output")
    throw new Error(`${where} wrote more than 256 KiB, wanted a few lines; it was killed`);
  return ended;
}

/** The user's own environment, since such programs need their credentials; but nothing of the engine's. */
function environmentOf(context: SampleContext): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("PULUMI_"));
  return {
    ...Object.fromEntries(own),
    BLUEGREEN_SLOT: context.slot,
    BLUEGREEN_RELEASE: context.release,
    BLUEGREEN_VERSION: context.version,
    BLUEGREEN_SERVICE: context.service,
    BLUEGREEN_INTERVAL_MS: String(context.intervalMs),
  };
}

function lastLine(stderr: string): string {
  const line = stderr.trim().split("\n").at(-1)?.trim() ?? "";
  return line === "" ? "" : `: ${line.slice(0, 200)}`;
}
