import type { EngineEvent } from "@pulumi/pulumi/automation";
import { typeOf } from "../components/resources/inputs";

/** What an update said was wrong. */
export interface Trouble {
  /** Mandatory policies that it violates, `name: message`. */
  violations: string[];
  /** Errors in the engine's words, each with the kind of resource that has it. */
  errors: { type: string; message: string }[];
}

const VERBS: Readonly<Record<string, string>> = { create: "creating", update: "updating", delete: "deleting" };

/** Turns the engine's events into short lines for the person who waits, and keeps what went wrong. */
export class Progress {
  readonly trouble: Trouble = { violations: [], errors: [] };
  private last = "";

  constructor(
    private readonly service: string,
    private readonly say: (line: string) => void,
  ) {}

  event({ diagnosticEvent, policyEvent, resourcePreEvent }: EngineEvent): void {
    if (resourcePreEvent !== undefined) {
      const { op, urn, type } = resourcePreEvent.metadata;
      const verb = VERBS[op];
      if (verb !== undefined && type.startsWith(typeOf("Plan").slice(0, -"Plan".length)))
        this.tell(`${verb} ${nameOf(urn)}`);
    }
    if (policyEvent !== undefined) {
      const line = `${policyEvent.policyName}: ${plain(policyEvent.message)}`;
      if (policyEvent.enforcementLevel === "mandatory") this.trouble.violations.push(line);
      else this.tell(line);
    }
    if (diagnosticEvent !== undefined) this.diagnostic(diagnosticEvent);
  }

  private diagnostic({ severity, message, urn }: NonNullable<EngineEvent["diagnosticEvent"]>): void {
    const text = plain(message);
    if (text === "") return;
    if (severity === "error") this.trouble.errors.push({ type: urn === undefined ? "" : typeIn(urn), message: text });
    else if (severity === "warning") this.tell(`warning: ${text}`);
    // What the gate and the cutover say begins with the service's name; the rest is the engine talking to itself.
    else for (const line of text.split("\n")) if (line.startsWith(`${this.service}: `)) this.tell(line);
  }

  private tell(line: string): void {
    if (line === this.last) return;
    this.last = line;
    this.say(line);
  }
}

/** Without the engine's marks for colours. */
function plain(text: string): string {
  return text.replaceAll(/<\{%[^%]*%\}>/g, "").trim();
}

const nameOf = (urn: string) => urn.split("::").at(-1) ?? urn;
/** `…::parent$type::name` */
const typeIn = (urn: string) => urn.split("::").at(-2)?.split("$").at(-1) ?? "";
