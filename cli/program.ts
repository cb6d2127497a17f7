import { Command, InvalidArgumentError, Option } from "commander";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isSlot, SLOTS, type Slot } from "../components/model/words";
import { runtimeDoor } from "../components/platforms/local/runtimeDoor";
import { Failure } from "./failure";
import type * as verbs from "./index";
import type { UpdateOptions } from "./options";
import { historyText } from "./show/historyText";
import type { Paint } from "./show/paint";
import {
  cleanupText,
  decideText,
  deployText,
  healthText,
  processesText,
  repairText,
  switchText,
} from "./show/resultText";
import { statusText } from "./show/statusText";

export type Verbs = typeof verbs;

/** What a verb's result is shown with. */
export interface Shown {
  /** As it is, for `--json`. */
  value: unknown;
  text: (paint: Paint) => string;
  /** False: it was found out that something is not healthy. @default true */
  healthy?: boolean;
}

/** What the command line was told for every verb. */
export interface Flags {
  cwd?: string;
  stack?: string;
  json?: boolean;
  yes?: boolean;
  policyPack?: string[];
  policyPackConfig?: string[];
}

/** Runs a verb with the options for it, and shows what it gives. */
export type Perform = (flags: Flags, work: (options: UpdateOptions) => Promise<Shown>) => Promise<void>;

const EXIT_HELP = `
Exit codes:
  0    done, or nothing to do
  1    failed, or not healthy
  2    the command line or the configuration cannot be used
  3    refused: a policy, drift, the slot serves, there is no standby, not supported, not confirmed
  4    another update holds the lock, or a cutover is under way
  5    a switch still needs approval, and approval.wait is off
  130  interrupted`;

/** The command line. Every verb is a function of \`pulumi-bluegreen/cli\`. */
export function program(verbs: Verbs, perform: Perform): Command {
  const root = new Command("bluegreen")
    .description("Blue-green releases of a Pulumi stack: who serves, deploy, switch, and the way back.")
    .version(version())
    .addHelpText("afterAll", EXIT_HELP)
    .showHelpAfterError("(see bluegreen --help)");

  const verb = (name: string, description: string) =>
    root
      .command(name)
      .description(description)
      .option("-C, --cwd <folder>", "a folder in the Pulumi project (default: the current one)")
      .option("-s, --stack <name>", "the stack (default: the one that is selected)")
      .option("--json", "print the result as JSON");
  const changing = (name: string, description: string) => verb(name, description).option("-y, --yes", "do not ask");
  const updating = (name: string, description: string) =>
    changing(name, description)
      .option("--policy-pack <path...>", "policy packs, as `pulumi up` takes them")
      .option("--policy-pack-config <path...>", "config files of those packs");

  verb(
    "status",
    "how both slots and the route are, and what to do; exit code 1 when something critical is wrong",
  ).action((flags: Flags) =>
    perform(flags, async (options) => {
      const value = await verbs.status(options);
      return { value, text: (paint) => statusText(value, paint), healthy: value.healthy };
    }),
  );

  updating("deploy", "put a release into the slot that does not serve; the rest is taken over from the one that serves")
    .argument("<version>", "the release's name, such as 1.4.2")
    .addOption(slotOption())
    .option("--command <word...>", "the program and its arguments; write words with a dash as --command=--word")
    .option("--directory <folder>", "the folder the program lives in, relative to the program's")
    .option("--set <key=value...>", "other keys of the slot, such as replicas=2 environment.GREETING=Hi", settings)
    .option("--switch", "and switch to it when it was deployed well")
    .action(
      (
        release: string,
        flags: Flags & {
          slot?: Slot;
          command?: string[];
          directory?: string;
          set?: Record<string, string>;
          switch?: boolean;
        },
      ) =>
        perform(flags, async (options) => {
          const { slot, command, directory, set } = flags;
          const wanted = given({ slot, command, directory, set, switch: flags.switch });
          const value = await verbs.deploy(release, { ...options, ...wanted });
          return { value, text: (paint) => deployText(value, paint) };
        }),
    );

  updating("switch", "have the other slot serve; on failure activeSlot is set back")
    .argument("[slot]", "the slot that is to serve (default: the one that does not)", slot)
    .addOption(pastContract())
    .action((to: Slot | undefined, flags: Flags & { pastContract?: boolean }) =>
      perform(flags, async (options) => {
        const wanted = given({ slot: to, pastContract: flags.pastContract });
        const value = await verbs.switchTo({ ...options, ...wanted });
        return { value, text: (paint) => switchText(value, paint) };
      }),
    );

  updating("rollback", "go back to the standby, the fast way")
    .option("--full", "switch although there is no fast way back: with gate, steps and bake")
    .addOption(pastContract())
    .action((flags: Flags & { full?: boolean; pastContract?: boolean }) =>
      perform(flags, async (options) => {
        const wanted = given({ full: flags.full, pastContract: flags.pastContract });
        const value = await verbs.rollback({ ...options, ...wanted });
        return { value, text: (paint) => switchText(value, paint) };
      }),
    );

  const deciding = (name: "approve" | "reject" | "abort" | "promote", description: string) =>
    verb(name, description)
      .argument("[cutover]", "its id (default: the one that is running)")
      .option("--reason <text>", "why, for the record")
      .action((cutover: string | undefined, flags: Flags & { reason?: string }) =>
        perform(flags, async (options) => {
          const value = await verbs[name]({ ...options, ...given({ cutover, reason: flags.reason }) });
          return { value, text: (paint) => decideText(value, paint) };
        }),
      );
  deciding("approve", "let a cutover that waits for approval go on");
  deciding("reject", "refuse the approval: the cutover ends, and the old slot goes on serving");
  deciding("abort", "end the running cutover at any stage; traffic that has moved is taken back");
  deciding("promote", "approve the running cutover and skip what is left to watch");

  updating("start", "start a slot that was stopped, by an update")
    .argument("<slot>", "blue or green", slot)
    .action((which: Slot, flags: Flags) =>
      perform(flags, async (options) => processes(await verbs.start(which, options))),
    );

  changing("stop", "stop a slot that does not serve; the next update starts it again")
    .argument("<slot>", "blue or green", slot)
    .action((which: Slot, flags: Flags) =>
      perform(flags, async (options) => processes(await verbs.stop(which, options))),
    );

  changing("restart", "restart the instances of a slot, one after the other")
    .argument("<slot>", "blue or green", slot)
    .option("--force", "also the only instance of the slot that serves")
    .action((which: Slot, flags: Flags & { force?: boolean }) =>
      perform(flags, async (options) =>
        processes(await verbs.restart(which, { ...options, ...given({ force: flags.force }) })),
      ),
    );

  verb("health-check", "ask a slot what the gate asks, and move nothing; exit code 1 when it is not healthy")
    .argument("[slot]", "blue or green (default: the one that serves)", slot)
    .option("--wait <duration>", "how long it may take to become ready (default: 5s)")
    .option("--readiness", "no smoke requests, limits or logs")
    .action((which: Slot | undefined, flags: Flags & { wait?: string; readiness?: boolean }) =>
      perform(flags, async (options) => {
        const wanted = given({ slot: which, wait: flags.wait, readiness: flags.readiness });
        const value = await verbs.healthCheck({ ...options, ...wanted });
        return { value, text: (paint) => healthText(value, paint), healthy: value.healthy };
      }),
    );

  updating("cleanup", "remove a slot that does not serve, or the stored releases that nothing uses")
    .argument("[slot]", "blue or green", slot)
    .option("--releases", "the stored releases")
    .action((which: Slot | undefined, flags: Flags & { releases?: boolean }) =>
      perform(flags, async (options) => {
        if ((which === undefined) === (flags.releases !== true))
          throw new Failure("usage", "cleanup: give either a slot or --releases");
        const value = which === undefined ? await verbs.cleanupReleases(options) : await verbs.cleanup(which, options);
        return { value, text: () => cleanupText(value) };
      }),
    );

  verb("history", "the cutovers, newest first")
    .option("-n, --limit <count>", "the newest of them", count)
    .action((flags: Flags & { limit?: number }) =>
      perform(flags, async (options) => {
        const value = await verbs.history({ ...options, ...given({ limit: flags.limit }) });
        return { value, text: (paint) => historyText(value, paint) };
      }),
    );

  changing("repair", "explain and mend what an interruption or a damaged route file has left behind")
    .option("--cancel", "also remove the lock of an update that was killed")
    .action((flags: Flags & { cancel?: boolean }) =>
      perform(flags, async (options) => {
        const value = await verbs.repair({ ...options, ...given({ cancel: flags.cancel }) });
        return { value, text: () => repairText(value) };
      }),
    );
  return root;
}

const processes = (value: verbs.ProcessesResult): Shown => ({ value, text: () => processesText(value) });

const slotOption = () => new Option("--slot <slot>", "into this slot").choices(SLOTS);

const pastContract = () =>
  new Option("--past-contract", "although a migration since has taken away what that release needs");

function slot(text: string): Slot {
  if (!isSlot(text)) throw new InvalidArgumentError(`found ${text}; wanted blue or green`);
  return text;
}

function count(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError(`found ${text}; wanted a whole number, at least 1`);
  return Number(text);
}

function settings(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError(`found ${text}; wanted key=value`);
  return { ...before, [key]: value };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what was not given: an option that is there and undefined is not the same as one that is absent. */
function given<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>;
}

function version(): string {
  const text = readFileSync(join(dirname(runtimeDoor()), "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
