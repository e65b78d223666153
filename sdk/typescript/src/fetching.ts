/**
 * How does a request reach the API, once, whatever happens on the way? A command carries an Idempotency-Key from its
 * first attempt on, so an answer that was lost is asked for again and nothing is done twice.
 */

import { Problem, Unreachable } from "./problem.js";
import type { ProblemDocument } from "./problem.js";

const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const FIRST_PAUSE_S = 0.2;
const LONGEST_PAUSE_S = 30;

export interface Patience {
  readonly attempts?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly sleep?: (seconds: number) => Promise<void>;
}

export function patient(patience: Patience): (request: Request) => Promise<Response> {
  const attempts = patience.attempts ?? 6;
  const send = patience.fetch ?? globalThis.fetch;
  const sleep = patience.sleep ?? ((seconds) => new Promise((done) => setTimeout(done, seconds * 1000)));

  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      let pause: number | undefined;
      try {
        const answer = await send(request.clone());
        if (!PASSING.has(answer.status) || attempt >= attempts) return answer;
        pause = retryAfter(answer);
        if (pause !== undefined && pause > LONGEST_PAUSE_S) return answer;
        await answer.body?.cancel();
      } catch (error) {
        if (attempt >= attempts) throw new Unreachable(`${request.method} ${request.url}: ${String(error)}`);
      }
      await sleep(pause ?? FIRST_PAUSE_S * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
  };
}

export function retryAfter(answer: Response): number | undefined {
  const text = answer.headers.get("Retry-After") ?? "";
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

export async function problemOf(answer: Response): Promise<Problem> {
  const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
  const document = isJson ? ((await answer.json()) as ProblemDocument) : {};
  return new Problem(answer.status, document, retryAfter(answer));
}
