/** A client of the API: every path typed by its OpenAPI document, with keys, retries, pages and positions. */

import createClient from "openapi-fetch";
import type { Client, Middleware } from "openapi-fetch";

import type { components, paths } from "../generated/schema.js";
import { READS } from "../generated/reads.js";
import { patient, problemOf } from "./fetching.js";
import type { Patience } from "./fetching.js";

export { Problem, Unreachable } from "./problem.js";
export * as webhooks from "./webhooks.js";
export type { components, paths } from "../generated/schema.js";

export interface Choices extends Patience {
  readonly baseUrl: string;
  readonly credential?: string;
  readonly language?: "en" | "fr";
}

export interface RateLimit {
  readonly policy: string;
  readonly remaining: number;
  readonly resetS: number;
}

interface Answer<T> {
  readonly data?: T;
  readonly response: Response;
}

type Page<T> = { readonly data: readonly T[]; readonly next_cursor: string | null };
type CommandView = components["schemas"]["CommandView"];

export class Escale {
  /** GET, POST, PUT, PATCH and DELETE of every path, typed. What is refused is thrown as a Problem. */
  readonly api: Client<paths>;
  /** The latest position this client was told: reads from now on include it. */
  position: number | undefined;
  credential: string | undefined;

  constructor(choices: Choices) {
    this.credential = choices.credential;
    this.api = createClient<paths>({ baseUrl: choices.baseUrl.replace(/\/$/, ""), fetch: patient(choices) });
    this.api.use(this.#middleware(choices.language ?? "en"));
  }

  /** Opens a session. */
  async signIn(company: string, email: string, password: string): Promise<void> {
    const told = await done(this.api.POST("/api/v1/auth/sessions", { body: { company, email, password } }));
    this.credential = told.access_token;
  }

  /** Waits until a command that was accepted with `Prefer: respond-async` is done. */
  async settled(commandId: string, timeoutS = 30): Promise<CommandView> {
    for (const deadline = Date.now() + timeoutS * 1000; ; ) {
      const path = { command_id: commandId };
      const found = await done(this.api.GET("/api/v1/commands/{command_id}", { params: { path } }));
      if (found.outcome !== "pending") {
        if (found.position !== null) this.#saw(found.position);
        return found;
      }
      if (Date.now() > deadline) throw new Error(`The command ${commandId} is still pending.`);
      await new Promise((again) => setTimeout(again, 200));
    }
  }

  #saw(position: number): void {
    this.position = Math.max(position, this.position ?? 0);
  }

  #middleware(language: string): Middleware {
    return {
      onRequest: ({ request, schemaPath }) => {
        if (this.credential !== undefined) request.headers.set("Authorization", `Bearer ${this.credential}`);
        request.headers.set("Accept-Language", language);
        if (request.method !== "GET") {
          if (!request.headers.has("Idempotency-Key")) {
            request.headers.set("Idempotency-Key", crypto.randomUUID());
          }
          return request;
        }
        const url = new URL(request.url);
        if (this.position === undefined || !READS.has(schemaPath) || url.searchParams.has("min_position")) {
          return request;
        }
        url.searchParams.set("min_position", String(this.position));
        return new Request(url, request);
      },
      onResponse: async ({ request, response }) => {
        if (response.status >= 400) throw await problemOf(response);
        const position = response.headers.get("Escale-Position");
        if (request.method !== "GET" && position !== null) this.#saw(Number(position));
        return undefined;
      },
    };
  }
}

/** The answer itself; a refusal has been thrown before. */
export async function done<T>(asked: Promise<Answer<T>>): Promise<NonNullable<T>> {
  const { data, response } = await asked;
  if (data === undefined || data === null) throw new Error(`${response.url} answered nothing.`);
  return data;
}

/** Every item of every page: `for await (const trip of every((cursor) => ...))`. */
export async function* every<T>(
  page: (cursor: string | undefined) => Promise<Answer<Page<T>>>,
): AsyncGenerator<T, void, undefined> {
  for (let cursor: string | undefined; ; ) {
    const found: Page<T> = await done(page(cursor));
    yield* found.data;
    if (found.next_cursor === null) return;
    cursor = found.next_cursor;
  }
}

/** What is left of the allowance (RateLimit, IETF draft 11). */
export function rateLimit(response: Response): RateLimit | undefined {
  const match = /^"([^"]*)";r=(\d+);t=(\d+)/.exec(response.headers.get("RateLimit") ?? "");
  return match === null
    ? undefined
    : { policy: match[1] ?? "", remaining: Number(match[2]), resetS: Number(match[3]) };
}

/** The version in an ETag, for `If-Match`. */
export function versionOf(response: Response): number | undefined {
  const match = /^"v(\d+)"$/.exec(response.headers.get("ETag") ?? "");
  return match === null ? undefined : Number(match[1]);
}
